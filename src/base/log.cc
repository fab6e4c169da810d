#include "base/log.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "base/clock.h"
#include "base/overloaded.h"
#include "base/text.h"

namespace plumb {
namespace {

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "";
}

void append_field(std::string& out, const LogField& field) {
  out += ',';
  append_json_string(out, field.key);
  out += ':';
  std::visit(overloaded{
                 [&](const std::string& text) { append_json_string(out, text); },
                 [&](int64_t number) { out += std::to_string(number); },
                 [&](double number) {
                   char text[40];
                   std::snprintf(text, sizeof text, "%.6g", std::isfinite(number) ? number : 0.0);
                   out += text;
                 },
                 [&](bool flag) { out += flag ? "true" : "false"; },
             },
             field.value);
}

// One write(2) per line: lines of several threads do not mix (POSIX guarantees it for pipes up to
// PIPE_BUF only; longer lines may be split by other writers, which a log reader notices as broken
// JSON).
class FdSink final : public LogSink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  void write(std::string_view line) override {
    while (!line.empty()) {
      const ssize_t n = ::write(fd_, line.data(), line.size());
      if (n <= 0) return;  // nowhere to report it
      line.remove_prefix(static_cast<size_t>(n));
    }
  }

 private:
  const int fd_;
};

}  // namespace

std::shared_ptr<LogSink> make_fd_sink(int fd) {
  return std::make_shared<FdSink>(fd);
}

Log Log::with(std::vector<LogField> fields) const {
  Log copy = *this;
  for (LogField& field : fields) copy.fixed_.push_back(std::move(field));
  return copy;
}

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::debug, message, fields);
}
void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::info, message, fields);
}
void Log::warn(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::warn, message, fields);
}
void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::error, message, fields);
}

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields) const {
  if (!sink_ || level < least_) return;
  const WallTime now = SystemClock().wall();
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03dZ",
                static_cast<int>(now.time_since_epoch().count() % 1000));
  std::string time = format_rfc3339(now);
  time.replace(time.size() - 1, 1, millis);
  std::string out = "{\"time\":\"" + time + "\",\"level\":\"" + level_name(level) + "\",\"msg\":";
  append_json_string(out, message);
  for (const LogField& field : fixed_) append_field(out, field);
  for (const LogField& field : fields) append_field(out, field);
  out += "}\n";
  sink_->write(out);
}

}  // namespace plumb
