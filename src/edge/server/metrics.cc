#include "edge/server/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace plumb {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The rules of OpenMetrics and ours: what breaks them is found by the first test that runs.
void check_name(const MetricName& name) {
  CHECK(is_name(name.name));
  CHECK(name.name.starts_with("plumb_") || name.name.starts_with("process_"));
  CHECK(!name.name.ends_with("_total") && !name.name.ends_with("_bucket"));
  CHECK(!name.help.empty());
  CHECK(name.unit.empty() || name.name.ends_with("_" + name.unit));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

// Bounds of buckets are labels, so their form matters: always with a fraction or exponent.
std::string bound_text(double value) {
  std::string text = number(value);
  if (text.find_first_of(".eIN") == std::string::npos) text += ".0";
  return text;
}

void append_head(std::string& text, const MetricName& name, const char* type) {
  text += "# TYPE " + name.name + " " + type + "\n";
  if (!name.unit.empty()) text += "# UNIT " + name.name + " " + name.unit + "\n";
  text += "# HELP " + name.name + " " + escaped(name.help) + "\n";
}

void append_sample(std::string& text, const std::string& name, const Labels& labels,
                   const std::string& value, const std::string& bound = {}) {
  text += name;
  std::string inside;
  for (const auto& [key, label] : labels) {
    if (!inside.empty()) inside += ',';
    inside += key + "=\"" + escaped(label) + "\"";
  }
  if (!bound.empty()) inside += (inside.empty() ? "le=\"" : ",le=\"") + bound + "\"";
  if (!inside.empty()) text += "{" + inside + "}";
  text += " " + value + "\n";
}

bool has_all(const Labels& labels, const Labels& matching) {
  return std::all_of(matching.begin(), matching.end(), [&](const auto& label) {
    const auto at = labels.find(label.first);
    return at != labels.end() && at->second == label.second;
  });
}

template <class T>
size_t remove_matching(std::map<Labels, T>& series, const Labels& matching) {
  return std::erase_if(series, [&](const auto& one) { return has_all(one.first, matching); });
}

double value_of(const std::map<Labels, double>& series, const Labels& labels) {
  const auto at = series.find(labels);
  return at == series.end() ? 0 : at->second;
}

}  // namespace

void Counter::add(const Labels& labels, double amount) {
  CHECK(amount >= 0);
  MutexLock lock(mutex_);
  series_[labels] += amount;
}

void Counter::set_total(const Labels& labels, double total) {
  MutexLock lock(mutex_);
  double& known = series_[labels];
  known = std::max(known, total);
}

double Counter::value(const Labels& labels) const {
  MutexLock lock(mutex_);
  return value_of(series_, labels);
}

size_t Counter::remove(const Labels& matching) {
  MutexLock lock(mutex_);
  return remove_matching(series_, matching);
}

void Counter::append_to(std::string& text) const {
  append_head(text, name_, "counter");
  MutexLock lock(mutex_);
  for (const auto& [labels, value] : series_)
    append_sample(text, name_.name + "_total", labels, number(value));
}

void Gauge::set(const Labels& labels, double value) {
  MutexLock lock(mutex_);
  series_[labels] = value;
}

void Gauge::add(const Labels& labels, double amount) {
  MutexLock lock(mutex_);
  series_[labels] += amount;
}

double Gauge::value(const Labels& labels) const {
  MutexLock lock(mutex_);
  return value_of(series_, labels);
}

size_t Gauge::remove(const Labels& matching) {
  MutexLock lock(mutex_);
  return remove_matching(series_, matching);
}

void Gauge::append_to(std::string& text) const {
  append_head(text, name_, "gauge");
  MutexLock lock(mutex_);
  for (const auto& [labels, value] : series_)
    append_sample(text, name_.name, labels, number(value));
}

Histogram::Histogram(MetricName name, std::vector<double> bounds)
    : name_(std::move(name)), bounds_(std::move(bounds)) {
  CHECK(!bounds_.empty() && std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(const Labels& labels, double value) {
  MutexLock lock(mutex_);
  Series& series = series_[labels];
  series.buckets.resize(bounds_.size() + 1);
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++series.buckets[static_cast<size_t>(at - bounds_.begin())];
  series.sum += value;
}

uint64_t Histogram::count(const Labels& labels) const {
  MutexLock lock(mutex_);
  const auto at = series_.find(labels);
  uint64_t sum = 0;
  if (at != series_.end()) {
    for (const uint64_t bucket : at->second.buckets) sum += bucket;
  }
  return sum;
}

size_t Histogram::remove(const Labels& matching) {
  MutexLock lock(mutex_);
  return remove_matching(series_, matching);
}

void Histogram::append_to(std::string& text) const {
  append_head(text, name_, "histogram");
  MutexLock lock(mutex_);
  for (const auto& [labels, series] : series_) {
    uint64_t below = 0;
    for (size_t i = 0; i < series.buckets.size(); ++i) {
      below += series.buckets[i];
      const std::string bound = i < bounds_.size() ? bound_text(bounds_[i]) : "+Inf";
      append_sample(text, name_.name + "_bucket", labels, std::to_string(below), bound);
    }
    append_sample(text, name_.name + "_count", labels, std::to_string(below));
    append_sample(text, name_.name + "_sum", labels, number(series.sum));
  }
}

std::vector<double> duration_bounds() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

template <class Metric, class... Args>
Metric& MetricRegistry::make(MetricName name, Args&&... args) {
  check_name(name);
  auto metric = std::make_shared<Metric>(name, std::forward<Args>(args)...);
  Metric& made = *metric;
  MutexLock lock(mutex_);
  const bool is_new =
      families_
          .emplace(name.name, Family{metric, [&made](std::string& text) { made.append_to(text); }})
          .second;
  CHECK(is_new);
  return made;
}

Counter& MetricRegistry::counter(MetricName name) {
  return make<Counter>(std::move(name));
}

Gauge& MetricRegistry::gauge(MetricName name) {
  return make<Gauge>(std::move(name));
}

Histogram& MetricRegistry::histogram(MetricName name, std::vector<double> bounds) {
  return make<Histogram>(std::move(name), std::move(bounds));
}

void MetricRegistry::collect(std::function<void()> collector) {
  MutexLock lock(mutex_);
  collectors_.push_back(std::move(collector));
}

std::string MetricRegistry::openmetrics() const {
  std::string text;
  MutexLock lock(mutex_);
  for (const auto& collector : collectors_) collector();
  for (const auto& [name, family] : families_) family.append_to(text);
  return text + "# EOF\n";
}

}  // namespace plumb
