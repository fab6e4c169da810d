#include "base/log.h"

#include <gtest/gtest.h>

#include <regex>

namespace plumb {
namespace {

struct Lines final : LogSink {
  void write(std::string_view line) override { text += line; }
  std::string text;
};

// The time changes from run to run.
std::string without_time(const std::string& text) {
  static const std::regex kTime(R"("time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",)");
  return std::regex_replace(text, kTime, "");
}

TEST(Log, WritesOneObjectALine) {
  const auto sink = std::make_shared<Lines>();
  const Log log(sink);
  log.info("said \"hi\"\n", {{"app", "prod/web"}, {"count", 3}, {"ratio", 0.5}, {"ok", true}});
  EXPECT_EQ(without_time(sink->text),
            "{\"level\":\"info\",\"msg\":\"said \\\"hi\\\"\\n\",\"app\":\"prod/web\",\"count\":3,"
            "\"ratio\":0.5,\"ok\":true}\n");
}

TEST(Log, CarriesFixedFields) {
  const auto sink = std::make_shared<Lines>();
  const Log log(sink);
  const Log app = log.with({{"app", "a"}}).with({{"turn", 7}});
  app.warn("x", {{"y", "z"}});
  log.error("plain");
  EXPECT_EQ(without_time(sink->text),
            "{\"level\":\"warn\",\"msg\":\"x\",\"app\":\"a\",\"turn\":7,\"y\":\"z\"}\n"
            "{\"level\":\"error\",\"msg\":\"plain\"}\n");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const auto sink = std::make_shared<Lines>();
  Log(sink).debug("no");
  EXPECT_EQ(sink->text, "");
  Log(sink, LogLevel::debug).debug("yes");
  EXPECT_NE(sink->text, "");
  Log().error("nowhere to go");
}

}  // namespace
}  // namespace plumb
