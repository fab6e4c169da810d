#include "model/source_tree.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

using Files = std::map<std::string, std::string>;

RelPath path(std::string_view text) {
  return *RelPath::parse(text);
}

MemoryTree sample() {
  return MemoryTree(Files{{"apps/web/a.yaml", "a"},
                          {"apps/web/sub/b.yaml", "b"},
                          {"apps/web2/c.yaml", "c"},
                          {"readme", "text"}});
}

std::string resolved(const SourceTree& tree, std::string_view text) {
  const auto found = resolve_links(tree, path(text));
  return found ? found->display() : found.error().code().name;
}

TEST(MemoryTree, ListsByName) {
  const MemoryTree tree = sample();
  const auto entries = tree.list(path("apps"));
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "web");
  EXPECT_EQ((*entries)[0].kind, EntryKind::directory);
  EXPECT_EQ((*entries)[1].name, "web2");
  EXPECT_EQ(tree.list(path("readme")).error().code(), kNotADirectory);
  EXPECT_EQ(tree.list(path("nowhere")).error().code(), kNoSuchPath);
  EXPECT_EQ(tree.read(path("readme"), 3).error().code(), kBudgetExceeded);
  EXPECT_EQ(*tree.kind(path("apps/web")), EntryKind::directory);
  EXPECT_EQ(*tree.kind(path("apps/we")), std::nullopt);
}

TEST(ResolveLinks, FollowsInEveryPart) {
  MemoryTree tree = sample();
  tree.add_symlink("current", "apps/web");
  tree.add_symlink("apps/again", "../current");
  tree.add_symlink("apps/web/self.yaml", "./a.yaml");
  EXPECT_EQ(resolved(tree, "apps/web/a.yaml"), "apps/web/a.yaml");
  EXPECT_EQ(resolved(tree, "current"), "apps/web");
  EXPECT_EQ(resolved(tree, "current/a.yaml"), "apps/web/a.yaml");
  EXPECT_EQ(resolved(tree, "apps/again/sub/b.yaml"), "apps/web/sub/b.yaml");
  EXPECT_EQ(resolved(tree, "apps/again/self.yaml"), "apps/web/a.yaml");
  EXPECT_EQ(resolved(tree, "apps/again/missing"), "apps/web/missing");
}

TEST(ResolveLinks, WhatWasResolvedBeforeIsNotAskedForAgain) {
  MemoryTree tree = sample();
  tree.add_symlink("apps/web/up", "../../readme");
  tree.add_symlink("current", "apps/web");
  EXPECT_EQ(*resolve_links(tree, path("apps/web/up"), path("apps/web")), path("readme"));
  EXPECT_EQ(*resolve_links(tree, path("apps/web"), path("apps/web")), path("apps/web"));
  // It is elsewhere: all of it is looked at.
  EXPECT_EQ(*resolve_links(tree, path("current/a.yaml"), path("apps/web")),
            path("apps/web/a.yaml"));
  // A folder is taken at its word.
  EXPECT_EQ(*resolve_links(tree, path("current/a.yaml"), path("current")), path("current/a.yaml"));
}

TEST(ResolveLinks, LoopsEnd) {
  MemoryTree tree = sample();
  tree.add_symlink("self", "self");
  tree.add_symlink("a", "b");
  tree.add_symlink("b", "a");
  tree.add_symlink("grow", "grow/x");
  EXPECT_EQ(resolved(tree, "self"), "SymlinkLoop");
  EXPECT_EQ(resolved(tree, "a/x"), "SymlinkLoop");
  EXPECT_EQ(resolved(tree, "grow"), "SymlinkLoop");
}

TEST(ResolveLinks, TenLinksAreFollowedElevenAreNot) {
  MemoryTree tree = sample();
  tree.add_symlink("l0", "readme");
  for (int i = 1; i <= 10; ++i) {
    tree.add_symlink("l" + std::to_string(i), "l" + std::to_string(i - 1));
  }
  EXPECT_EQ(resolved(tree, "l9"), "readme");
  EXPECT_EQ(resolved(tree, "l10"), "SymlinkLoop");
}

TEST(ResolveLinks, NeverLeavesTheTree) {
  MemoryTree tree = sample();
  tree.add_symlink("absolute", "/etc/passwd");
  tree.add_symlink("up", "../outside");
  tree.add_symlink("apps/deep", "../../outside");
  tree.add_symlink("chain", "apps/deep");
  tree.add_symlink("proc", "apps/../../proc/self/environ");
  tree.add_symlink("nul", std::string("a\0b", 3));
  for (const char* text : {"absolute", "up", "apps/deep", "chain", "proc", "up/x"}) {
    EXPECT_EQ(resolved(tree, text), "PathOutsideTree") << text;
  }
  EXPECT_EQ(resolved(tree, "nul"), "BadPath");
}

ReadSet read_set_of(const SourceTree& tree, void (*look)(const SourceTree&)) {
  const RecordingTree recording(tree);
  look(recording);
  return recording.read_set();
}

TEST(ReadSet, ReadingAFileDependsOnItsContentOnly) {
  const ReadSet set =
      read_set_of(sample(), [](const SourceTree& t) { (void)t.read(path("readme"), 100); });
  EXPECT_EQ(set.paths.size(), 1u);
  EXPECT_TRUE(*holds(set, sample()));
  EXPECT_TRUE(*holds(set, MemoryTree(Files{{"readme", "text"}, {"other", "x"}})));
  EXPECT_FALSE(*holds(set, MemoryTree(Files{{"readme", "changed"}})));
  EXPECT_FALSE(*holds(set, MemoryTree(Files{})));
}

TEST(ReadSet, ALinkWithTheSameBytesIsNotTheSameFile) {
  const ReadSet set =
      read_set_of(sample(), [](const SourceTree& t) { (void)t.read(path("readme"), 100); });
  MemoryTree linked(Files{});
  linked.add_symlink("readme", "text");
  EXPECT_FALSE(*holds(set, linked));
}

TEST(ReadSet, MissingFilesCount) {
  const ReadSet set =
      read_set_of(sample(), [](const SourceTree& t) { (void)t.kind(path("apps/Chart.yaml")); });
  EXPECT_TRUE(*holds(set, sample()));
  EXPECT_FALSE(*holds(set, MemoryTree(Files{{"apps/Chart.yaml", "x"}})));
}

TEST(ReadSet, ListingADirectoryCoversAllBelow) {
  const ReadSet set = read_set_of(sample(), [](const SourceTree& t) {
    (void)t.list(path("apps/web"));
    (void)t.read(path("apps/web/a.yaml"), 100);
    (void)t.kind(path("apps/web/missing"));
  });
  EXPECT_EQ(set.paths.size(), 1u);
  EXPECT_FALSE(*holds(set, MemoryTree(Files{{"apps/web/a.yaml", "a"}})));
  EXPECT_TRUE(
      *holds(set, MemoryTree(Files{{"apps/web/a.yaml", "a"}, {"apps/web/sub/b.yaml", "b"}})));
}

TEST(ReadSet, PassingThroughADirectoryDoesNotDependOnItsContent) {
  const ReadSet set = read_set_of(
      sample(), [](const SourceTree& t) { (void)resolve_links(t, path("apps/web/a.yaml")); });
  EXPECT_TRUE(*holds(set, MemoryTree(Files{{"apps/web/a.yaml", "other"}, {"apps/new/x", "x"}})));
  MemoryTree linked(Files{{"real/web/a.yaml", "a"}});
  linked.add_symlink("apps", "real");
  EXPECT_FALSE(*holds(set, linked));
}

TEST(ReadSet, AskingForTheKindFirstDoesNotHideTheContent) {
  const ReadSet set = read_set_of(sample(), [](const SourceTree& t) {
    (void)t.kind(path("readme"));
    (void)t.read(path("readme"), 100);
    (void)t.kind(path("readme"));
  });
  EXPECT_FALSE(*holds(set, MemoryTree(Files{{"readme", "changed"}})));
}

TEST(ReadSet, DigestTellsSetsApart) {
  const auto digest = [](void (*look)(const SourceTree&)) {
    return read_set_of(sample(), look).digest();
  };
  const Digest kind = digest([](const SourceTree& t) { (void)t.kind(path("readme")); });
  const Digest read = digest([](const SourceTree& t) { (void)t.entry(path("readme")); });
  const Digest none = digest([](const SourceTree& t) { (void)t.kind(path("nothing")); });
  EXPECT_NE(kind, read);
  EXPECT_NE(kind, none);
  EXPECT_EQ(kind, digest([](const SourceTree& t) { (void)t.kind(path("readme")); }));
}

}  // namespace
}  // namespace plumb
