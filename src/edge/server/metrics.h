// Metrics: counters, gauges and histograms with labels, written as OpenMetrics 1.0 text.
//
// A registry owns its families; a family, once made, lives as long as the registry and may be kept
// by reference. Thread safe: every member may be called from any thread. Names are "plumb_" + what
// + "_" + unit ("plumb_turn_duration_seconds"), base units only, or the "process_" names of
// Prometheus' clients; counters are named without "_total", which the text adds. A name that breaks
// this, or is made twice, is a programmer error (CHECK). What other parts count themselves is
// copied in by collectors that run before each text. A series whose subject is gone (an App) must
// be removed, or it would be told for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace plumb {

inline constexpr const char* kOpenMetricsContentType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

using Labels = std::map<std::string, std::string>;

struct MetricName {
  std::string name;       // "plumb_turn_duration_seconds"
  std::string help;       // one sentence
  std::string unit = {};  // "seconds": must be the end of the name
};

class Counter {
 public:
  explicit Counter(MetricName name) : name_(std::move(name)) {}
  void add(const Labels& labels = {}, double amount = 1) EXCLUDES(mutex_);
  // Copies a total that is counted elsewhere; it never goes back.
  void set_total(const Labels& labels, double total) EXCLUDES(mutex_);
  [[nodiscard]] double value(const Labels& labels = {}) const EXCLUDES(mutex_);
  // Removes every series that has all these labels; returns how many.
  size_t remove(const Labels& matching) EXCLUDES(mutex_);
  void append_to(std::string& text) const EXCLUDES(mutex_);

 private:
  const MetricName name_;
  mutable Mutex mutex_;
  std::map<Labels, double> series_ GUARDED_BY(mutex_);
};

class Gauge {
 public:
  explicit Gauge(MetricName name) : name_(std::move(name)) {}
  void set(double value) { set({}, value); }
  void set(const Labels& labels, double value) EXCLUDES(mutex_);
  void add(const Labels& labels, double amount) EXCLUDES(mutex_);
  [[nodiscard]] double value(const Labels& labels = {}) const EXCLUDES(mutex_);
  size_t remove(const Labels& matching) EXCLUDES(mutex_);
  void append_to(std::string& text) const EXCLUDES(mutex_);

 private:
  const MetricName name_;
  mutable Mutex mutex_;
  std::map<Labels, double> series_ GUARDED_BY(mutex_);
};

class Histogram {
 public:
  // bounds: upper bounds of the buckets, increasing; +Inf is added.
  Histogram(MetricName name, std::vector<double> bounds);
  void observe(double value) { observe({}, value); }
  void observe(const Labels& labels, double value) EXCLUDES(mutex_);
  [[nodiscard]] uint64_t count(const Labels& labels = {}) const EXCLUDES(mutex_);
  size_t remove(const Labels& matching) EXCLUDES(mutex_);
  void append_to(std::string& text) const EXCLUDES(mutex_);

 private:
  struct Series {
    std::vector<uint64_t> buckets;  // not cumulative; the last is +Inf
    double sum = 0;
  };

  const MetricName name_;
  const std::vector<double> bounds_;
  mutable Mutex mutex_;
  std::map<Labels, Series> series_ GUARDED_BY(mutex_);
};

// From a millisecond to a minute: turns, applies, fetches.
[[nodiscard]] std::vector<double> duration_bounds();

class MetricRegistry {
 public:
  [[nodiscard]] Counter& counter(MetricName name) EXCLUDES(mutex_);
  [[nodiscard]] Gauge& gauge(MetricName name) EXCLUDES(mutex_);
  [[nodiscard]] Histogram& histogram(MetricName name,
                                     std::vector<double> bounds = duration_bounds())
      EXCLUDES(mutex_);
  // Runs before each text, on the thread that asks for it; it may use families, not the registry.
  void collect(std::function<void()> collector) EXCLUDES(mutex_);

  // Families in the order of their names, ended by "# EOF".
  [[nodiscard]] std::string openmetrics() const EXCLUDES(mutex_);

 private:
  struct Family {
    std::shared_ptr<void> metric;
    std::function<void(std::string&)> append_to;
  };
  template <class Metric, class... Args>
  Metric& make(MetricName name, Args&&... args) EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Family> families_ GUARDED_BY(mutex_);
  std::vector<std::function<void()>> collectors_ GUARDED_BY(mutex_);
};

}  // namespace plumb
