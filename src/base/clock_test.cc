#include "base/clock.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ParsesGoSyntax) {
  const std::pair<const char*, Duration> cases[] = {
      {"0", 0ns},
      {"5m", 5min},
      {"1h30m", 90min},
      {"1.5s", 1500ms},
      {"100ms", 100ms},
      {"-2s", -2s},
      {"1h0m0.25s", 1h + 250ms},
      {"3us", 3us},
      {"7ns", 7ns},
      {"3µs", 3us},
      {".5h", 30min},
      {"24h", 24h},
  };
  for (const auto& [text, want] : cases) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(*parsed, want) << text;
  }
}

TEST(Duration, RefusesTheRest) {
  for (const char* text : {"", "5", "m", "5 m", "5d", "1h30", "--5s", "5s-", "1..5s", ".s", "s5",
                           "1e3s", "300000000h"}) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), kInvalidArgument);
  }
  EXPECT_EQ(parse_duration("5 minutes").error().message(), "\"5 minutes\" is not a duration");
}

TEST(Duration, FormatsAsGo) {
  const std::pair<Duration, const char*> cases[] = {
      {0ns, "0s"},      {90s, "1m30s"},   {1h, "1h0m0s"},      {1500ms, "1.5s"},
      {100ms, "100ms"}, {-90s, "-1m30s"}, {2h + 3s, "2h0m3s"},
  };
  for (const auto& [duration, want] : cases) EXPECT_EQ(format_duration(duration), want);
}

TEST(Duration, FormatsBack) {
  for (const char* text : {"1m30s", "24h0m0s", "1.5s", "250ms", "-3h5m0s"}) {
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  }
}

TEST(Age, AsKubectl) {
  const std::pair<Duration, const char*> cases[] = {
      {-5s, "0s"}, {0s, "0s"},   {119s, "119s"}, {120s, "2m"},        {119min, "119m"},
      {2h, "2h"},  {47h, "47h"}, {48h, "2d"},    {24h * 400, "400d"},
  };
  for (const auto& [duration, want] : cases) EXPECT_EQ(format_age(duration), want);
}

TEST(Rfc3339, FormatsSeconds) {
  EXPECT_EQ(format_rfc3339(WallTime(0ms)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(WallTime(1795426730999ms)), "2026-11-23T09:38:50Z");
  EXPECT_EQ(format_rfc3339(WallTime(-1ms)), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, Parses) {
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:38:50Z"), WallTime(1795426730000ms));
  EXPECT_EQ(parse_rfc3339("2026-11-23T09:38:50.123456789Z"), WallTime(1795426730123ms));
  EXPECT_EQ(parse_rfc3339("2026-11-23T10:38:50+01:00"), WallTime(1795426730000ms));
  EXPECT_EQ(parse_rfc3339("2026-11-23T04:08:50-05:30"), WallTime(1795426730000ms));
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z").has_value(), true);
}

TEST(Rfc3339, RefusesTheRest) {
  for (const char* text : {"", "2026-11-23", "2026-11-23T09:38:50", "2026-13-23T09:38:50Z",
                           "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z",
                           "2026-11-23T09:38:50Zx", "2026-11-23T09:38:50+1:00", "now"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Deadline, Remaining) {
  EXPECT_FALSE(Deadline::never().passed());
  EXPECT_EQ(Deadline::never().remaining(), 24h);
  EXPECT_TRUE(Deadline::in(-1s).passed());
  EXPECT_EQ(Deadline::in(-1s).remaining(), 0ms);
  EXPECT_FALSE(Deadline::in(1h).passed());
  EXPECT_GT(Deadline::in(1h).remaining(), 50min);
}

TEST(ManualClock, MovesWhenTold) {
  ManualClock clock;
  const Monotonic before = clock.now();
  const WallTime wall = clock.wall();
  EXPECT_EQ(clock.now(), before);
  clock.advance(90s);
  EXPECT_EQ(clock.now() - before, 90s);
  EXPECT_EQ(clock.wall() - wall, 90s);
}

}  // namespace
}  // namespace plumb
