// Runs every case of tests/health/cases: a document with the wanted status and message, then the
// object.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/health/health.h"
#include "lang/yaml/yaml.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> case_files() {
  const char* source = std::getenv("PLUMB_SOURCE_DIR");
  std::vector<fs::path> out;
  const fs::path folder = fs::path(source != nullptr ? source : ".") / "tests/health/cases";
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

class HealthCase : public testing::TestWithParam<fs::path> {};

TEST_P(HealthCase, Assess) {
  std::stringstream text;
  text << std::ifstream(GetParam()).rdbuf();
  Budget budget;
  const auto documents = yaml::parse_all(text.str(), GetParam().filename().string(), budget);
  ASSERT_TRUE(documents.has_value()) << documents.error().render();
  ASSERT_EQ(documents->size(), 2u);
  const Value& want = documents->at(0).value;
  const Health got = assess(documents->at(1).value);
  EXPECT_EQ(to_string(got.status), want.string_at({"want", "status"}));
  EXPECT_EQ(got.message, want.string_at({"want", "message"}));
}

INSTANTIATE_TEST_SUITE_P(Cases, HealthCase, testing::ValuesIn(case_files()), [](const auto& one) {
  std::string name = one.param.stem().string();
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
});

ObjectHealth object(const char* name, HealthStatus status) {
  return {{"", "ConfigMap", "prod", name}, {status, ""}};
}

TEST(SummariseHealth, NothingIsCurrent) {
  EXPECT_EQ(summarise_health({}).overall, HealthStatus::current);
}

TEST(SummariseHealth, TheWorstComesFirstAndOthersKeepTheirOrder) {
  const HealthReport report =
      summarise_health({object("a", HealthStatus::current), object("b", HealthStatus::in_progress),
                        object("c", HealthStatus::failed), object("d", HealthStatus::in_progress),
                        object("e", HealthStatus::missing)});
  EXPECT_EQ(report.overall, HealthStatus::failed);
  std::string order;
  for (const ObjectHealth& one : report.objects) order += one.key.name;
  EXPECT_EQ(order, "cebda");
}

}  // namespace
}  // namespace plumb
