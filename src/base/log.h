// Log: structured log lines, one JSON object a line: {"time":…,"level":"info","msg":…,"app":…}.
// A Log is a cheap value that carries fixed fields (`with`); lines of all copies go to one LogSink.
// Thread safe. Values are plain strings and numbers; a secret type has no conversion to either.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plumb {

enum class LogLevel { debug, info, warn, error };

struct LogField {
  LogField(std::string k, std::string v) : key(std::move(k)), value(std::move(v)) {}
  LogField(std::string k, const char* v) : key(std::move(k)), value(std::string(v)) {}
  LogField(std::string k, std::string_view v) : key(std::move(k)), value(std::string(v)) {}
  LogField(std::string k, int64_t v) : key(std::move(k)), value(v) {}
  LogField(std::string k, int v) : key(std::move(k)), value(static_cast<int64_t>(v)) {}
  LogField(std::string k, size_t v) : key(std::move(k)), value(static_cast<int64_t>(v)) {}
  LogField(std::string k, double v) : key(std::move(k)), value(v) {}
  LogField(std::string k, bool v) : key(std::move(k)), value(v) {}

  std::string key;
  std::variant<std::string, int64_t, double, bool> value;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(
      std::string_view line) = 0;  // one complete line, newline included; thread safe
};

// Writes whole lines to a file descriptor it does not own (2 for standard error).
[[nodiscard]] std::shared_ptr<LogSink> make_fd_sink(int fd);

class Log {
 public:
  Log() = default;  // says nothing
  explicit Log(std::shared_ptr<LogSink> sink, LogLevel least = LogLevel::info)
      : sink_(std::move(sink)), least_(least) {}

  [[nodiscard]] Log with(std::vector<LogField> fields) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;

 private:
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) const;

  std::shared_ptr<LogSink> sink_;
  LogLevel least_ = LogLevel::info;
  std::vector<LogField> fixed_;
};

}  // namespace plumb
