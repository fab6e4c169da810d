#include "edge/server/metrics.h"

#include <gtest/gtest.h>

#include <thread>

namespace plumb {
namespace {

TEST(Metrics, AnEmptyRegistryIsAValidText) {
  EXPECT_EQ(MetricRegistry().openmetrics(), "# EOF\n");
}

TEST(Metrics, TheTextOfEveryType) {
  MetricRegistry registry;
  Histogram& turns = registry.histogram(
      {.name = "plumb_turn_duration_seconds", .help = "How long turns took.", .unit = "seconds"},
      {0.1, 1});
  Counter& heals = registry.counter({.name = "plumb_heals", .help = "Objects put back."});
  Gauge& apps = registry.gauge({.name = "plumb_apps", .help = "Apps by \"Ready\"\\state."});
  turns.observe({{"app", "prod/web"}}, 0.1);
  turns.observe({{"app", "prod/web"}}, 0.5);
  turns.observe({{"app", "prod/web"}}, 7);
  heals.add();
  heals.add({{"reason", "a \"quoted\"\nline\\"}}, 2.5);
  apps.set(3);
  EXPECT_EQ(registry.openmetrics(),
            "# TYPE plumb_apps gauge\n"
            "# HELP plumb_apps Apps by \\\"Ready\\\"\\\\state.\n"
            "plumb_apps 3\n"
            "# TYPE plumb_heals counter\n"
            "# HELP plumb_heals Objects put back.\n"
            "plumb_heals_total 1\n"
            "plumb_heals_total{reason=\"a \\\"quoted\\\"\\nline\\\\\"} 2.5\n"
            "# TYPE plumb_turn_duration_seconds histogram\n"
            "# UNIT plumb_turn_duration_seconds seconds\n"
            "# HELP plumb_turn_duration_seconds How long turns took.\n"
            "plumb_turn_duration_seconds_bucket{app=\"prod/web\",le=\"0.1\"} 1\n"
            "plumb_turn_duration_seconds_bucket{app=\"prod/web\",le=\"1.0\"} 2\n"
            "plumb_turn_duration_seconds_bucket{app=\"prod/web\",le=\"+Inf\"} 3\n"
            "plumb_turn_duration_seconds_count{app=\"prod/web\"} 3\n"
            "plumb_turn_duration_seconds_sum{app=\"prod/web\"} 7.6\n"
            "# EOF\n");
}

TEST(Metrics, SeriesOfASubjectThatIsGoneAreRemoved) {
  MetricRegistry registry;
  Gauge& ready = registry.gauge({.name = "plumb_app_ready", .help = "1 when Ready."});
  ready.set({{"namespace", "prod"}, {"app", "web"}}, 1);
  ready.set({{"namespace", "prod"}, {"app", "api"}}, 0);
  ready.set({{"namespace", "test"}, {"app", "web"}}, 1);
  EXPECT_EQ(ready.remove({{"namespace", "prod"}, {"app", "web"}}), 1u);
  EXPECT_EQ(ready.remove({{"app", "nobody"}}), 0u);
  const std::string text = registry.openmetrics();
  EXPECT_EQ(text.find("{app=\"web\",namespace=\"prod\"}"), std::string::npos);
  EXPECT_NE(text.find("plumb_app_ready{app=\"api\",namespace=\"prod\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("plumb_app_ready{app=\"web\",namespace=\"test\"} 1\n"), std::string::npos);
}

TEST(Metrics, CollectorsRunBeforeTheText) {
  MetricRegistry registry;
  Counter& requests = registry.counter({.name = "plumb_requests", .help = "Sent requests."});
  double counted_elsewhere = 5;
  registry.collect([&] { requests.set_total({}, counted_elsewhere); });
  EXPECT_NE(registry.openmetrics().find("plumb_requests_total 5\n"), std::string::npos);
  counted_elsewhere = 4;  // a counter never goes back
  EXPECT_NE(registry.openmetrics().find("plumb_requests_total 5\n"), std::string::npos);
}

TEST(Metrics, CountsFromManyThreadsAreNotLost) {
  MetricRegistry registry;
  Counter& heals = registry.counter({.name = "plumb_heals", .help = "Objects put back."});
  Histogram& times = registry.histogram({.name = "plumb_times", .help = "Times."});
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 1000; ++n) {
          heals.add({{"thread", std::to_string(i % 2)}});
          times.observe(n);
          if (n % 100 == 0) {
            EXPECT_TRUE(registry.openmetrics().ends_with("# EOF\n"));
          }
        }
      });
    }
  }
  EXPECT_EQ(heals.value({{"thread", "0"}}) + heals.value({{"thread", "1"}}), 4000);
  EXPECT_EQ(times.count(), 4000u);
}

TEST(MetricsDeathTest, NamesThatBreakTheRulesAreProgrammerErrors) {
  MetricRegistry registry;
  EXPECT_DEATH((void)registry.counter({.name = "heals", .help = "x"}), "check failed");
  EXPECT_DEATH((void)registry.counter({.name = "plumb_heals_total", .help = "x"}), "check failed");
  EXPECT_DEATH((void)registry.gauge({.name = "plumb_age", .help = "x", .unit = "seconds"}),
               "check failed");
  (void)registry.gauge({.name = "plumb_apps", .help = "x"});
  EXPECT_DEATH((void)registry.gauge({.name = "plumb_apps", .help = "x"}), "check failed");
}

}  // namespace
}  // namespace plumb
