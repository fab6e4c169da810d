#include "model/git.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

TEST(RefName, Accepts) {
  for (const char* text : {"refs/heads/main", "refs/tags/v1.2.3", "refs/heads/feature/a-b_c",
                           "main", "refs/heads/@", "refs/heads/ünïcode", "refs/pull/12/head"}) {
    EXPECT_TRUE(parse_ref_name(text).has_value()) << text;
  }
}

TEST(RefName, RefusesWhatGitRefusesAndWhatReadsAsAnOption) {
  for (const std::string text : {"",
                                 "-",
                                 "--upload-pack=evil",
                                 "@",
                                 "refs//heads",
                                 "/refs/heads/x",
                                 "refs/heads/",
                                 "refs/heads/a..b",
                                 "refs/heads/.hidden",
                                 "refs/heads/x.lock",
                                 "refs/heads/x.lock/y",
                                 "refs/heads/a b",
                                 "refs/heads/a\nb",
                                 "refs/heads/a~1",
                                 "refs/heads/a^",
                                 "a:b",
                                 "a?b",
                                 "a*b",
                                 "a[b",
                                 "a\\b",
                                 "a@{1}",
                                 "refs/heads/x.",
                                 "a\x7F",
                                 "ext::sh -c x"}) {
    const auto ref = parse_ref_name(text);
    ASSERT_FALSE(ref.has_value()) << text;
    EXPECT_EQ(ref.error().code(), kBadRef);
    EXPECT_EQ(ref.error().message().find('\n'), std::string::npos);
  }
  EXPECT_FALSE(parse_ref_name(std::string_view("a\0b", 3)).has_value());
  EXPECT_FALSE(parse_ref_name(std::string(1025, 'a')).has_value());
}

TEST(CommitId, IsFullLowerCaseHex) {
  const std::string sha1(40, 'a');
  EXPECT_EQ(parse_commit_id(sha1)->str(), sha1);
  EXPECT_TRUE(parse_commit_id(std::string(64, '0')).has_value());
  for (const std::string& text : {std::string(39, 'a'), std::string(40, 'A'), std::string(41, 'a'),
                                  std::string(40, 'g'), std::string("HEAD"), std::string()}) {
    EXPECT_EQ(parse_commit_id(text).error().code(), kBadCommitId) << text;
  }
  EXPECT_EQ(abbreviated(CommitId("3f1c2ab9d0e77a01c81fe00299aa77bb33cc44dd")), "3f1c2ab9d0e7");
}

TEST(Revision, Display) {
  Revision revision;
  revision.commit = CommitId("3f1c");
  EXPECT_EQ(revision.display(), "3f1c");
  revision.ref = RefName("refs/heads/main");
  EXPECT_EQ(revision.display(), "main@3f1c");
  revision.ref = RefName("refs/tags/v1");
  EXPECT_EQ(revision.display(), "v1@3f1c");
  revision.ref = RefName("refs/pull/1/head");
  EXPECT_EQ(revision.display(), "refs/pull/1/head@3f1c");
}

}  // namespace
}  // namespace plumb
