#include "core/render/kustomize/repo_spec.h"

#include <gtest/gtest.h>

namespace plumb::rendering::kustomize {
namespace {

constexpr const char* kCommit = "0123456789abcdef0123456789abcdef01234567";

std::string shown(const std::string& text) {
  const std::optional<RepoSpec> spec = parse_repo_spec(text);
  if (!spec) return "no repository";
  return spec->host + " " + spec->repository + " " + spec->folder + " " + spec->ref;
}

// After the cases of the original's own test (api v0.21.1, internal/git/repospec_test.go); a
// random comparison with it is in tests/kustomize.
TEST(RepoSpec, Forms) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://host.xz/org/repo//a/b?ref=v1", "https://host.xz/ org/repo a/b v1"},
      {"https://host.xz/org/repo/a/b?ref=v1", "https://host.xz/ org/repo a/b v1"},
      {"https://host.xz/org/repo.git/a/b", "https://host.xz/ org/repo.git a/b "},
      {"https://host.xz/a/b/c/repo.git//d", "https://host.xz/ a/b/c/repo.git d "},
      {"git::https://host.xz/org/repo", "https://host.xz/ org/repo  "},
      {"GIT::git@host.xz:org/repo.git/a", "git@host.xz: org/repo.git a "},
      {"git@host.xz/org/repo", "git@host.xz/ org/repo  "},
      {"ssh://git@host.xz:22/org/repo.git?ref=x", "ssh://git@host.xz:22/ org/repo.git  x"},
      {"github.com/org/repo/a?ref=x", "https://github.com/ org/repo a x"},
      {"GitHub.com:org/repo", "https://github.com/ org/repo  "},
      {"git@github.com:org/repo.git//a", "git@github.com: org/repo.git a "},
      {"ssh://git@github.com/org/repo", "git@github.com: org/repo  "},
      {"http://github.com/org/repo", "https://github.com/ org/repo  "},
      {"https://dev.azure.com/org/project/_git/repo/a/b",
       "https://dev.azure.com/ org/project/_git/repo a/b "},
      {"file:///a/b/c", "file:// /a/b/c  "},
      {"file:///a/b//c?ref=x", "file:// /a/b c x"},
      {"file://git@host/a.git/b", "file:// git@host/a.git b "},
      // Which host a text names decides what is asked, and what is sent there.
      {"https://allowed.xz@evil.xz/org/repo", "https://allowed.xz@evil.xz/ org/repo  "},
      {"https://user:word@evil.xz/org/repo", "https://user:word@evil.xz/ org/repo  "},
      {"https://evil.xz\\@allowed.xz/org/repo", "https://evil.xz\\@allowed.xz/ org/repo  "},
      {"https://evil.xz?/allowed.xz/org/repo", "no repository"},
      {"https://evil.xz#@allowed.xz/org/repo", "https://evil.xz#@allowed.xz/ org/repo  "},
      // Paths.
      {"../base", "no repository"},
      {"/org/repo.git", "no repository"},
      {"base", "no repository"},
      {"host.xz/org/repo", "no repository"},
      {"https://host.xz/org", "no repository"},
      {"https://host.xz", "no repository"},
      {"https://host.xz//repo", "https://host.xz/ /repo  "},
      {"htxxtp://github.com/org/repo", "no repository"},
      {"https://host.xz/org/repo//a/../../b", "no repository"},
      {"https://host.xz/org/repo//..", "no repository"},
      {"git@host.xz", "no repository"},
      {"", "no repository"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(shown(text), wanted) << text;
}

TEST(RepoSpec, Query) {
  const auto ref = [](const std::string& query) {
    return parse_repo_spec("https://host.xz/org/repo?" + query).value().ref;
  };
  EXPECT_EQ(ref("ref=a"), "a");
  EXPECT_EQ(ref("version=a"), "a");
  EXPECT_EQ(ref("version=a&ref=b"), "b");
  EXPECT_EQ(ref("version=a&ref="), "a");
  EXPECT_EQ(ref("ref=a&ref=b"), "a");
  EXPECT_EQ(ref("timeout=5&submodules=false&ref=a"), "a");
  EXPECT_EQ(ref("ref=a%2Fb+c"), "a/b c");
  EXPECT_EQ(ref("r%65f=a"), "a");
  EXPECT_EQ(ref("ref=a?b=c"), "a?b=c");
  EXPECT_EQ(ref("ref=a&x=%zz"), "");
  EXPECT_EQ(ref("ref=a;b"), "");
  EXPECT_EQ(ref("ref"), "");
}

TEST(RepoSpec, Pinned) {
  const auto pin = [](const std::string& ref) {
    return pinned(parse_repo_spec("https://host.xz/org/repo//a?ref=" + ref).value());
  };
  EXPECT_EQ(pin(kCommit).value(), (RemoteBase{"https://host.xz/org/repo", CommitId(kCommit)}));
  EXPECT_EQ(pin("0123456789ABCDEF0123456789ABCDEF01234567").value().commit.str(), kCommit);
  EXPECT_TRUE(pin(std::string(64, 'a')));
  for (const std::string& ref : {std::string("main"), std::string(), std::string("0123456"),
                                 std::string(kCommit) + "0", std::string(39, 'a') + "g"}) {
    const Result<RemoteBase> refused = pin(ref);
    ASSERT_FALSE(refused) << ref;
    EXPECT_EQ(refused.error().code(), kNotPinned) << ref;
  }
  // No message tells what stands before the host.
  const auto secret =
      pinned(parse_repo_spec("https://user:word@host.xz/org/repo?ref=main").value());
  EXPECT_EQ(secret.error().render().find("word"), std::string::npos);
}

}  // namespace
}  // namespace plumb::rendering::kustomize
