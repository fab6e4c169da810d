// yaml/cases/<name>/input.yaml is read to want.json (a list of its documents) or refused with
// want.txt. ACCEPT=1 rewrites what is wanted.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<fs::path> case_folders() {
  const char* const root = std::getenv("PLUMB_SOURCE_DIR");
  std::vector<fs::path> folders;
  const fs::path cases = fs::path(root == nullptr ? "." : root) / "tests/lang/yaml/cases";
  for (const auto& entry : fs::directory_iterator(cases)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

class YamlCase : public ::testing::TestWithParam<fs::path> {};

TEST_P(YamlCase, ReadsAsWanted) {
  const fs::path& folder = GetParam();
  Budget budget;
  const auto documents = yaml::parse_all(slurp(folder / "input.yaml"), "input.yaml", budget);
  std::string got;
  if (documents.has_value()) {
    List values;
    for (const yaml::Document& document : *documents) values.push_back(document.value);
    got = json::write_pretty(Value(std::move(values))) + "\n";
  } else {
    got = documents.error().render();
  }
  const char* const name = documents.has_value() ? "want.json" : "want.txt";
  if (std::getenv("ACCEPT") != nullptr) {
    fs::remove(folder / "want.json");
    fs::remove(folder / "want.txt");
    std::ofstream(folder / name, std::ios::binary) << got;
    return;
  }
  EXPECT_EQ(got, slurp(folder / name));
}

std::string case_name(const ::testing::TestParamInfo<fs::path>& test) {
  std::string name = test.param.filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, YamlCase, ::testing::ValuesIn(case_folders()), case_name);

}  // namespace
}  // namespace plumb
