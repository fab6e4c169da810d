#include "edge/os/disk_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

namespace plumb {
namespace {

namespace fs = std::filesystem;

RelPath path(std::string_view text) {
  return *RelPath::parse(text);
}

class DiskTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "plumb-disk-tree-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << content;
  }
  [[nodiscard]] DiskTree tree() const { return *DiskTree::open(root_); }
  [[nodiscard]] ObjectId id(std::string_view name) const {
    return tree().entry(path(name))->value().id;
  }

  fs::path root_;
};

TEST_F(DiskTreeTest, ListsByNameWithoutGit) {
  write("b.yaml", "b");
  write("a/x.yaml", "x");
  write(".git/config", "secret");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  const auto entries = tree().list(RelPath());
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].kind, EntryKind::directory);
  EXPECT_EQ((*entries)[1].name, "b.yaml");
  EXPECT_EQ((*entries)[1].kind, EntryKind::file);
  EXPECT_FALSE(tree().kind(path(".git"))->has_value());
  EXPECT_FALSE(tree().kind(path(".git/config"))->has_value());
  EXPECT_FALSE(tree().read(path(".git/config"), 100).has_value());
}

TEST_F(DiskTreeTest, IdsFollowContent) {
  write("a/x.yaml", "1");
  write("a/sub/y.yaml", "2");
  write("b/x.yaml", "1");
  write("b/sub/y.yaml", "2");
  EXPECT_EQ(id("a/x.yaml"), id("b/x.yaml"));
  EXPECT_EQ(id("a"), id("b"));
  const ObjectId before = id("a");
  write("a/sub/y.yaml", "3");
  EXPECT_NE(id("a"), before);
  write("a/sub/y.yaml", "2");
  EXPECT_EQ(id("a"), before);
  fs::rename(root_ / "a/x.yaml", root_ / "a/z.yaml");
  EXPECT_NE(id("a"), before);
}

TEST_F(DiskTreeTest, LinksAreDataAndNeverFollowed) {
  write("real/x.yaml", "x");
  fs::create_symlink("real", root_ / "link");
  fs::create_symlink("/etc/passwd", root_ / "out");
  EXPECT_EQ(*tree().kind(path("link")), EntryKind::symlink);
  EXPECT_EQ(*tree().read(path("link"), 100), "real");
  EXPECT_FALSE(tree().kind(path("link/x.yaml"))->has_value());
  EXPECT_FALSE(tree().read(path("link/x.yaml"), 100).has_value());
  EXPECT_EQ(*tree().read(path("out"), 100), "/etc/passwd");
  EXPECT_EQ(resolve_links(tree(), path("link/x.yaml"))->str(), "real/x.yaml");
  EXPECT_EQ(resolve_links(tree(), path("out")).error().code(), kPathOutsideTree);
}

TEST_F(DiskTreeTest, Errors) {
  write("x.yaml", "12345");
  EXPECT_EQ(tree().read(path("x.yaml"), 4).error().code(), kBudgetExceeded);
  EXPECT_EQ(*tree().read(path("x.yaml"), 5), "12345");
  EXPECT_EQ(tree().read(path("y.yaml"), 5).error().code(), kNoSuchPath);
  EXPECT_EQ(tree().read(RelPath(), 5).error().code(), kNotAFile);
  EXPECT_EQ(tree().list(path("x.yaml")).error().code(), kNotADirectory);
  EXPECT_EQ(tree().list(path("y")).error().code(), kNoSuchPath);
  EXPECT_FALSE(tree().kind(path("x.yaml/z"))->has_value());
  EXPECT_EQ(DiskTree::open(root_ / "nowhere").error().code(), kFileAccess);
}

}  // namespace
}  // namespace plumb
