// Runs every case of tests/render/<renderer>/cases/<name>/:
//   in/         the source, read as `plumb render` reads a working copy
//   path        the app's path in it; the root where the file is absent
//   want.yaml   the objects, each with its place, and the warnings; or
//   want.err    the error as programs print it
// ACCEPT=1 in the environment rewrites what is wanted.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "core/render/render.h"
#include "edge/os/disk_tree.h"
#include "lang/yaml/yaml.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

fs::path cases_root() {
  const char* source = std::getenv("PLUMB_SOURCE_DIR");
  return fs::path(source != nullptr ? source : ".") / "tests" / "render";
}

std::string read(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string shown(const Manifests& manifests) {
  std::string out;
  for (const Warning& warning : manifests.warnings) {
    out += "# warning: " + warning.message + " (" + to_string(warning.position) + ")\n";
  }
  for (const Manifest& object : manifests.objects) {
    out += "---\n# " + to_string(object.origin.position()) + "\n" + yaml::write(object.body);
  }
  return out.empty() ? "# no objects\n" : out;
}

struct Outcome {
  std::string file;
  std::string text;
};

Outcome outcome_of(const fs::path& folder) {
  const Result<DiskTree> tree = DiskTree::open(folder / "in");
  if (!tree) return {"want.err", tree.error().render()};
  const std::string where = read(folder / "path");
  const Result<RelPath> path = RelPath::parse(trim(where));
  if (!path) return {"want.err", path.error().render()};
  Budget budget;
  const Result<Manifests> manifests = render(*tree, {.path = *path}, budget);
  if (!manifests) return {"want.err", manifests.error().render()};
  return {"want.yaml", shown(*manifests)};
}

class RenderCase : public testing::TestWithParam<fs::path> {};

TEST_P(RenderCase, GivesWhatIsWanted) {
  const Outcome outcome = outcome_of(GetParam());
  const fs::path other =
      GetParam() / (outcome.file == std::string("want.err") ? "want.yaml" : "want.err");
  if (std::getenv("ACCEPT") != nullptr) {
    fs::remove(other);
    std::ofstream(GetParam() / outcome.file, std::ios::binary) << outcome.text;
    return;
  }
  EXPECT_FALSE(fs::exists(other)) << outcome.text;
  EXPECT_EQ(read(GetParam() / outcome.file), outcome.text);
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const auto& renderer : fs::directory_iterator(cases_root())) {
    if (!fs::is_directory(renderer.path() / "cases")) continue;
    for (const auto& one : fs::directory_iterator(renderer.path() / "cases")) {
      out.push_back(one.path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.filename().string();
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return info.param.parent_path().parent_path().filename().string() + "_" + name;
}

INSTANTIATE_TEST_SUITE_P(Cases, RenderCase, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace plumb
