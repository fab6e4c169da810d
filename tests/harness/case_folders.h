// Tests whose cases are folders: tests/AREA/cases/NAME/ with inputs and want.*. For googletest.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace plumb {

// ACCEPT=1 in the environment rewrites what is wanted.
inline bool accepts() {
  const char* accept = std::getenv("ACCEPT");
  return accept != nullptr && std::string(accept) == "1";
}

inline std::string read_file(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// The folders of tests/AREA/cases, by name.
inline std::vector<std::filesystem::path> case_folders(const std::string& area) {
  const char* source = std::getenv("PLUMB_SOURCE_DIR");
  const std::filesystem::path root =
      std::filesystem::path(source != nullptr ? source : ".") / "tests" / area / "cases";
  std::vector<std::filesystem::path> out;
  for (const auto& one : std::filesystem::directory_iterator(root)) out.push_back(one.path());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string case_name(const testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace plumb
