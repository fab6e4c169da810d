#include "core/trust/signature/git_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumb::trust {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
constexpr const char* kParent = "parent 1111111111111111111111111111111111111111\n";
constexpr const char* kPeople =
    "author Ada Lovelace <ada@example.com> 1700000000 +0100\n"
    "committer Bob <bob@example.com> 1700000060 -0330\n";
constexpr const char* kSignature =
    "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n \n -----END SSH SIGNATURE-----\n";

std::string commit(const std::string& headers = "", const std::string& message = "subject\n") {
  return std::string(kTree) + kParent + kPeople + headers + "\n" + message;
}

std::string why_not(std::string_view bytes) {
  const auto parsed = parse_commit(bytes, ObjectFormat::sha1);
  EXPECT_FALSE(parsed.has_value()) << bytes;
  if (parsed) return "";
  EXPECT_EQ(parsed.error().retry(), Retry::permanent);
  return std::string(parsed.error().code().name) + ": " + parsed.error().message();
}

TEST(GitObject, Commit) {
  const std::string bytes = commit(kSignature, "subject\n\nbody\n\nReviewed-by: Bob\n");
  const auto parsed = parse_commit(bytes, ObjectFormat::sha1);
  ASSERT_TRUE(parsed) << parsed.error().render();
  EXPECT_EQ(parsed->tree.str(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  EXPECT_THAT(parsed->parents, ElementsAre(CommitId("1111111111111111111111111111111111111111")));
  EXPECT_EQ(parsed->author.display(), "Ada Lovelace <ada@example.com>");
  EXPECT_EQ(parsed->author.offset_minutes, 60);
  EXPECT_EQ(parsed->committer.when, WallTime(std::chrono::seconds(1700000060)));
  EXPECT_EQ(parsed->committer.offset_minutes, -210);
  EXPECT_EQ(parsed->message, "subject\n\nbody\n\nReviewed-by: Bob\n");
  EXPECT_THAT(parsed->trailers, ElementsAre(Trailer{"Reviewed-by", "Bob"}));
  EXPECT_EQ(parsed->signature,
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n\n-----END SSH SIGNATURE-----\n");
  EXPECT_EQ(parsed->payload, commit("", "subject\n\nbody\n\nReviewed-by: Bob\n"));
}

TEST(GitObject, WhatGitWritesBesides) {
  EXPECT_TRUE(parse_commit(commit(), ObjectFormat::sha1)) << "no signature";
  EXPECT_EQ(parse_commit(commit(), ObjectFormat::sha1)->payload, commit());
  EXPECT_TRUE(parse_commit(commit("", ""), ObjectFormat::sha1)) << "no message";
  EXPECT_TRUE(parse_commit(commit("encoding UTF-8\n"), ObjectFormat::sha1));
  const std::string merged = "mergetag object 1\n type commit\n \n text\n";
  EXPECT_TRUE(parse_commit(commit(merged + merged), ObjectFormat::sha1)) << "two merged tags";
  // Tools put the signature before their own headers; the payload is what Git makes it.
  const auto middle =
      parse_commit(commit(kSignature + std::string("change-id abc\n x\n")), ObjectFormat::sha1);
  ASSERT_TRUE(middle);
  EXPECT_EQ(middle->payload, commit("change-id abc\n x\n"));
}

TEST(GitObject, RefusedWithAReason) {
  const std::string people = kPeople, tree = kTree, parent = kParent;
  EXPECT_THAT(why_not(""), HasSubstr("do not end with an empty line"));
  EXPECT_THAT(why_not(tree + people), HasSubstr("do not end with an empty line"));
  EXPECT_THAT(why_not("\nmessage"), HasSubstr("header tree is missing"));
  EXPECT_THAT(why_not(" " + commit()), HasSubstr("begins with a continuation line"));
  EXPECT_THAT(why_not(people + "\nx"), HasSubstr("header tree is missing"));
  EXPECT_THAT(why_not(tree + tree + people + "\nx"), HasSubstr("header author is missing"));
  EXPECT_THAT(why_not(parent + tree + people + "\nx"), HasSubstr("header tree is missing"));
  EXPECT_THAT(why_not(tree + parent + parent + people + "\nx"), HasSubstr("same parent twice"));
  EXPECT_THAT(why_not(tree + "parent 11\n" + people + "\nx"), HasSubstr("40 hexadecimal digits"));
  EXPECT_THAT(why_not("tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\n" + people + "\nx"),
              HasSubstr("40 hexadecimal digits"));
  EXPECT_THAT(why_not(commit(parent)), HasSubstr("\"parent\" is repeated or not in its place"));
  EXPECT_THAT(why_not(commit("author A <a> 1 +0000\n")), HasSubstr("\"author\" is repeated"));
  EXPECT_THAT(why_not(commit("x y\nx z\n")), HasSubstr("\"x\" is repeated"));
  EXPECT_THAT(why_not(commit("noblank\n")), HasSubstr("not a name and a value"));
  EXPECT_THAT(why_not(commit("encoding ISO-8859-1\n")), HasSubstr("ISO-8859-1"));
  EXPECT_THAT(why_not(commit("", "caf\xe9\n")), HasSubstr("not UTF-8"));
  EXPECT_THAT(why_not(commit("", std::string("a\0b", 3))), HasSubstr("NUL"));
  EXPECT_THAT(why_not(commit(std::string("x a\0b\n", 6))), HasSubstr("NUL"));
}

TEST(GitObject, OneSignatureOfTheRepositorysKind) {
  const std::string one = kSignature;
  EXPECT_THAT(why_not(commit(one + one)), HasSubstr("SeveralSignatures"));
  EXPECT_THAT(why_not(commit(one + "x y\n" + one)), HasSubstr("SeveralSignatures"));
  const std::string other = "gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n";
  EXPECT_THAT(why_not(commit(other)), HasSubstr("hash algorithm"));
  EXPECT_THAT(why_not(commit(one + other)), HasSubstr("SeveralSignatures"));
  EXPECT_THAT(why_not(commit("gpgsigx y\n")), HasSubstr("hash algorithm"));
}

TEST(GitObject, RepositoriesOfSha256) {
  const std::string id(64, 'a');
  const std::string bytes =
      "tree " + id + "\nparent " + id + "\n" + kPeople + "gpgsig-sha256 armour\n line\n\nx\n";
  const auto parsed = parse_commit(bytes, ObjectFormat::sha256);
  ASSERT_TRUE(parsed) << parsed.error().render();
  EXPECT_EQ(parsed->signature, "armour\nline\n");
  EXPECT_EQ(parsed->payload, "tree " + id + "\nparent " + id + "\n" + kPeople + "\nx\n");
  EXPECT_FALSE(parse_commit(bytes, ObjectFormat::sha1));
  EXPECT_FALSE(parse_commit(commit(), ObjectFormat::sha256));
  EXPECT_EQ(format_of(CommitId(id)), ObjectFormat::sha256);
  EXPECT_EQ(format_of(CommitId(std::string(40, 'a'))), ObjectFormat::sha1);
}

TEST(GitObject, IdentitiesHaveOneForm) {
  const auto with_author = [](const std::string& author) {
    return std::string(kTree) + "author " + author + "\ncommitter B <b> 1 +0000\n\nx\n";
  };
  for (const std::string good :
       {"A <a@b> 0 +0000", " <a@b> 1 -1200", "A \"B\" C. <> 1700000000 +1400", "Ö <ö> 5 +0000"}) {
    EXPECT_TRUE(parse_commit(with_author(good), ObjectFormat::sha1)) << good;
  }
  for (const std::string bad :
       {"A a@b 1 +0000", "A <a@b>1 +0000", "A<a@b> 1 +0000", "A <a@b> 1", "A <a@b> 1 0000",
        "A <a@b> 01 +0000", "A <a@b> -1 +0000", "A <a@b> 1 +00000", "A <a@b> 1 +0000 ",
        "A <a@b>  1 +0000", "A <a <b> 1 +0000", "A <a@b> 1 +0000> 2 +0000", "A> <a> 1 +0000",
        "A <a> b <c> 1 +0000", "A <a@b> 9999999999999 +0000", "A <a@b> x +0000",
        "A\x1b[2J <a@b> 1 +0000", "A <a\tb> 1 +0000", "A <a@b> 1 +0000\n folded"}) {
    EXPECT_THAT(why_not(with_author(bad)), HasSubstr("header author")) << bad;
  }
}

TEST(GitObject, Trailers) {
  EXPECT_THAT(parse_trailers("s\n\nA: b\nc-D:e\n f\n\tg\n\n \n"),
              ElementsAre(Trailer{"A", "b"}, Trailer{"c-D", "e f g"}));
  for (const char* none : {"", "A: b\n", "\n\nA: b\n", "s\n\nA: b\n\nlast words\n",
                           "s\n\ntext\nA: b\n", "s\n\n folded\n", "s\n\n: b\n", "s\n\nA b: c\n"}) {
    EXPECT_TRUE(parse_trailers(none).empty()) << none;
  }
}

constexpr const char* kTag =
    "object 1111111111111111111111111111111111111111\ntype commit\ntag v1.2\n"
    "tagger Ada <ada@example.com> 1700000000 +0000\n\nrelease\n";

TEST(GitObject, Tag) {
  const std::string armor = "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n";
  const auto parsed = parse_tag(kTag + armor, ObjectFormat::sha1);
  ASSERT_TRUE(parsed) << parsed.error().render();
  EXPECT_EQ(parsed->object.str(), "1111111111111111111111111111111111111111");
  EXPECT_EQ(parsed->type, "commit");
  EXPECT_EQ(parsed->name, "v1.2");
  EXPECT_EQ(parsed->tagger.name, "Ada");
  EXPECT_EQ(parsed->message, "release\n");
  EXPECT_EQ(parsed->payload, kTag);
  EXPECT_EQ(parsed->signature, armor);
  const auto bare = parse_tag(kTag, ObjectFormat::sha1);
  ASSERT_TRUE(bare);
  EXPECT_FALSE(bare->signature.has_value());
  EXPECT_EQ(bare->payload, kTag);
}

TEST(GitObject, TagsRefusedWithAReason) {
  const auto why = [](const std::string& bytes) {
    const auto parsed = parse_tag(bytes, ObjectFormat::sha1);
    EXPECT_FALSE(parsed.has_value()) << bytes;
    return parsed ? "" : parsed.error().message();
  };
  const auto replaced = [](const std::string& from, const std::string& to) {
    std::string out = kTag;
    return out.replace(out.find(from), from.size(), to);
  };
  EXPECT_THAT(why(replaced("type commit", "type comet")), HasSubstr("not a type of object"));
  EXPECT_THAT(why(replaced("tag v1.2", "tag v1..2")), HasSubstr("not a name of a tag"));
  EXPECT_THAT(why(replaced("tag v1.2", "tag -x y")), HasSubstr("not a name of a tag"));
  EXPECT_THAT(why(replaced("tagger Ada", "tager Ada")), HasSubstr("header tagger is missing"));
  EXPECT_THAT(why(replaced("\n\n", "\ngpgsig x\n\n")), HasSubstr("\"gpgsig\" is repeated or not"));
  EXPECT_THAT(why(replaced("type commit\n", "type commit\ntype commit\n")),
              HasSubstr("header tag is missing"));
  const std::string ssh = "-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----\n";
  EXPECT_THAT(why(kTag + ssh + ssh), HasSubstr("several signatures"));
  EXPECT_THAT(why(std::string(kTag) + "-----BEGIN PGP MESSAGE-----\n" + ssh),
              HasSubstr("several signatures"));
}

}  // namespace
}  // namespace plumb::trust
