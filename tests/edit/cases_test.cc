// Runs every case of tests/edit/cases/<name>/:
//   in/         the config repository
//   args        lines: "path PATH" (the root where there is none), and one setting a line
//   want.diff   the lines that change, as "-" before and "+" after, and the fields; or
//   want.err    the error as programs print it
// ACCEPT=1 in the environment rewrites what is wanted. Of every edit is checked that the lines
// which want.diff does not show kept their bytes, and that a second run changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/text.h"
#include "core/edit/set_image.h"
#include "edge/os/disk_tree.h"
#include "harness/case_folders.h"

namespace plumb::edit {
namespace {

namespace fs = std::filesystem;

Result<SetImageRequest> request_of(const fs::path& folder) {
  SetImageRequest request;
  for (const std::string& line : split(read_file(folder / "args"), '\n')) {
    if (line.starts_with("path ")) {
      request.path = TRY(RelPath::parse(line.substr(5)));
    } else if (!line.empty()) {
      request.settings.push_back(TRY(parse_image_setting(line)));
    }
  }
  return request;
}

// Line by line: an edit of one-line scalars keeps their number.
std::string shown(const FileEdit& edit) {
  std::string out = "== " + edit.file + "\n";
  const std::vector<std::string> before = split(edit.before, '\n');
  const std::vector<std::string> after = split(edit.after, '\n');
  EXPECT_EQ(before.size(), after.size());
  for (size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    if (before[i] == after[i]) continue;
    out += "-" + escape_terminal(before[i]) + "\n+" + escape_terminal(after[i]) + "\n";
  }
  for (const FieldChange& change : edit.changes) {
    out += to_string(change.position) + " " + change.path + ": " + change.before + " -> " +
           change.after + "\n";
  }
  return out;
}

Result<std::string> outcome_of(const fs::path& folder) {
  const DiskTree tree = TRY(DiskTree::open(folder / "in"));
  const SetImageRequest request = TRY(request_of(folder));
  Budget budget;
  const std::vector<FileEdit> edits = TRY(set_images(tree, request, budget));
  std::string out;
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "in")) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder / "in").string()] = read_file(entry.path());
  }
  for (const FileEdit& edit : edits) {
    EXPECT_EQ(edit.before, files[edit.file]);
    files[edit.file] = edit.after;
    out += shown(edit);
  }
  Budget again;
  // Settings by a name that the edit itself replaced do not find it any more.
  const Result<std::vector<FileEdit>> second = set_images(MemoryTree(files), request, again);
  if (second) {
    EXPECT_TRUE(second->empty()) << "a second run changes " << second->front().file;
  } else {
    EXPECT_EQ(second.error().code(), kImageNotFound) << second.error().render();
  }
  return out.empty() ? "nothing changes\n" : out;
}

class EditCase : public testing::TestWithParam<fs::path> {};

TEST_P(EditCase, GivesWhatIsWanted) {
  const Result<std::string> outcome = outcome_of(GetParam());
  const fs::path wanted = GetParam() / (outcome ? "want.diff" : "want.err");
  const fs::path other = GetParam() / (outcome ? "want.err" : "want.diff");
  const std::string text = outcome ? *outcome : outcome.error().render();
  if (accepts()) {
    fs::remove(other);
    std::ofstream(wanted, std::ios::binary) << text;
    return;
  }
  EXPECT_FALSE(fs::exists(other)) << text;
  EXPECT_EQ(read_file(wanted), text);
}

INSTANTIATE_TEST_SUITE_P(Cases, EditCase, testing::ValuesIn(case_folders("edit")), case_name);

}  // namespace
}  // namespace plumb::edit
