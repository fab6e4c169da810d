// Runs every case of tests/preview/cases/<name>/:
//   before/, after/   the config repository
//   args              lines: "app FOLDER", "repository NAME"; may be missing
//   want.txt, want.md, want.json   what is shown; or want.err, the error as programs print it
// ACCEPT=1 in the environment rewrites what is wanted. Of every case is checked that nothing
// changes between a tree and itself, and that what is created one way is deleted the other way.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/text.h"
#include "cmd/text/preview_text.h"
#include "edge/os/disk_tree.h"
#include "harness/case_folders.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

Result<Preview> preview_of(const fs::path& folder, const char* from, const char* to) {
  const DiskTree before = TRY(DiskTree::open(folder / from));
  const DiskTree after = TRY(DiskTree::open(folder / to));
  PreviewRequest request{.before = before, .after = after};
  for (const std::string& line : split(read_file(folder / "args"), '\n')) {
    if (line.starts_with("app ")) request.folders.push_back(line.substr(4));
    if (line.starts_with("repository ")) request.repository = line.substr(11);
  }
  return preview(request);
}

std::map<std::string, std::string> outcome_of(const fs::path& folder) {
  const Result<Preview> shown = preview_of(folder, "before", "after");
  if (!shown) return {{"want.err", shown.error().render()}};
  const PreviewedRange range{"1111111", "2222222"};
  return {{"want.txt", preview_text(*shown, range, {})},
          {"want.md", preview_markdown(*shown, range)},
          {"want.json", json::write_pretty(preview_value(*shown, range)) + "\n"}};
}

std::vector<std::string> keys_of(const Preview& shown, ObjectDiffKind kind) {
  std::vector<std::string> out;
  for (const AppPreview& app : shown.apps) {
    for (const ObjectDiff& one : app.changes) {
      if (one.kind == kind) out.push_back(app.name + " " + one.key.display());
    }
  }
  return out;
}

class PreviewCase : public testing::TestWithParam<fs::path> {};

TEST_P(PreviewCase, GivesWhatIsWanted) {
  const std::map<std::string, std::string> outcome = outcome_of(GetParam());
  for (const char* name : {"want.txt", "want.md", "want.json", "want.err"}) {
    const fs::path wanted = GetParam() / name;
    const auto at = outcome.find(name);
    if (accepts()) {
      fs::remove(wanted);
      if (at != outcome.end()) std::ofstream(wanted, std::ios::binary) << at->second;
      continue;
    }
    EXPECT_EQ(fs::exists(wanted), at != outcome.end()) << name;
    if (at == outcome.end()) continue;
    EXPECT_EQ(read_file(wanted), at->second);
  }
}

TEST_P(PreviewCase, NothingChangesBetweenATreeAndItself) {
  for (const char* side : {"before", "after"}) {
    const Result<Preview> same = preview_of(GetParam(), side, side);
    if (!same) continue;
    for (const AppPreview& app : same->apps) EXPECT_TRUE(app.error) << app.name;
  }
}

TEST_P(PreviewCase, WhatIsCreatedOneWayLeavesTheOther) {
  const Result<Preview> there = preview_of(GetParam(), "before", "after");
  const Result<Preview> back = preview_of(GetParam(), "after", "before");
  if (!there || !back || there->failed() || back->failed()) return;
  std::vector<std::string> left = keys_of(*back, ObjectDiffKind::deleted);
  for (const std::string& key : keys_of(*back, ObjectDiffKind::released)) left.push_back(key);
  std::sort(left.begin(), left.end());
  std::vector<std::string> came = keys_of(*there, ObjectDiffKind::created);
  std::sort(came.begin(), came.end());
  EXPECT_EQ(came, left);
}

// GitHub takes 65,536 letters of a comment: what does not fit is counted.
TEST(PreviewMarkdown, FitsIntoAComment) {
  const std::string app =
      "apiVersion: plumb.dev/v1alpha1\nkind: App\nmetadata: {name: NAME, namespace: prod}\n"
      "spec: {path: NAME}\n";
  std::map<std::string, std::string> files{{"x.yaml", ""}};
  for (int a = 0; a < 60; ++a) {
    const std::string name = "app" + std::to_string(a);
    std::string text = app;
    for (size_t at = text.find("NAME"); at != std::string::npos; at = text.find("NAME")) {
      text.replace(at, 4, name);
    }
    files["apps/" + name + ".yaml"] = text;
    for (int i = 0; i < 30; ++i) {
      files[name + "/" + std::to_string(i) + ".yaml"] =
          "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: " + name + "-" +
          std::to_string(i) + ", namespace: prod}\n";
    }
  }
  const MemoryTree full(files);
  std::erase_if(files, [](const auto& file) { return file.first.starts_with("app"); });
  files["app0/0.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: prod}\n";
  const MemoryTree bare(files);
  for (const auto& [before, after] : {std::pair(&bare, &full), std::pair(&full, &bare)}) {
    const Result<Preview> shown = preview({.before = *before, .after = *after});
    ASSERT_TRUE(shown) << shown.error().render();
    const std::string text = preview_markdown(*shown, {"a", "b"});
    EXPECT_LE(text.size(), 65'536u);
    EXPECT_NE(text.find("see the log of the job"), std::string::npos);
    // Whatever was left out, no block is left open.
    EXPECT_EQ(text.find("<details>") == std::string::npos,
              text.find("</details>") == std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, PreviewCase, testing::ValuesIn(case_folders("preview")), case_name);

}  // namespace
}  // namespace plumb
