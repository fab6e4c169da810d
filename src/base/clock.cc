#include "base/clock.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace plumb {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longest names first, so that "ms" is not read as "m".
constexpr std::array<Unit, 7> kUnits{
    {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

Error bad_duration(std::string_view text) {
  return Error(kInvalidArgument, "\"" + std::string(text) + "\" is not a duration")
      .with_help("use a number with a unit, like 30s, 5m or 1h30m");
}

// Reads "123" or "1.5" from the front; the value is negative when there is none.
double take_number(std::string_view& text) {
  size_t size = 0;
  int dots = 0;
  while (size < text.size() && ((text[size] >= '0' && text[size] <= '9') || text[size] == '.')) {
    if (text[size++] == '.') ++dots;
  }
  if (size == 0 || dots > 1 || (dots == 1 && size == 1) || size > 20) return -1;
  const double value = std::stod(std::string(text.substr(0, size)));
  text.remove_prefix(size);
  return value;
}

}  // namespace

milliseconds Deadline::remaining() const {
  if (at == Monotonic::max()) return days(1);
  const auto left = std::chrono::ceil<milliseconds>(at - std::chrono::steady_clock::now());
  return left < milliseconds(0) ? milliseconds(0) : left;
}

std::string format_rfc3339(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(static_cast<size_t>(used));
  milliseconds fraction(0);
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    int scale = 100;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      fraction += milliseconds((rest.front() - '0') * scale);
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  minutes offset(0);
  if (rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':') {
    const int oh = std::atoi(std::string(rest.substr(1, 2)).c_str());
    const int om = std::atoi(std::string(rest.substr(4, 2)).c_str());
    offset = hours(oh) + minutes(om);
    if (rest[0] == '-') offset = -offset;
  } else if (rest != "Z") {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
         fraction - offset;
}

Result<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  if (text == "0") return Duration(0);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty()) return bad_duration(whole);
  double total = 0;
  while (!text.empty()) {
    const double number = take_number(text);
    if (number < 0) return bad_duration(whole);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (text.starts_with(candidate.name)) {
        unit = &candidate;
        break;
      }
    }
    if (unit == nullptr) return bad_duration(whole);
    text.remove_prefix(unit->name.size());
    total += number * unit->nanoseconds;
  }
  if (total > 9.2e18) return bad_duration(whole);
  const auto count = static_cast<int64_t>(std::llround(total));
  return Duration(negative ? -count : count);
}

std::string format_duration(Duration duration) {
  if (duration == Duration(0)) return "0s";
  std::string out;
  if (duration < Duration(0)) {
    out = "-";
    duration = -duration;
  }
  if (duration < seconds(1)) {
    const double ms = static_cast<double>(duration.count()) / 1e6;
    char text[40];
    std::snprintf(text, sizeof text, "%gms", ms);
    return out + text;
  }
  const auto h = std::chrono::duration_cast<hours>(duration);
  const auto m = std::chrono::duration_cast<minutes>(duration - h);
  const double s = static_cast<double>((duration - h - m).count()) / 1e9;
  if (h.count() > 0) out += std::to_string(h.count()) + "h";
  if (h.count() > 0 || m.count() > 0) out += std::to_string(m.count()) + "m";
  char text[40];
  std::snprintf(text, sizeof text, "%gs", s);
  return out + text;
}

std::string format_age(Duration duration) {
  const auto s = std::chrono::duration_cast<seconds>(duration).count();
  if (s < 0) return "0s";
  if (s < 120) return std::to_string(s) + "s";
  if (s < 120 * 60) return std::to_string(s / 60) + "m";
  if (s < 48 * 3600) return std::to_string(s / 3600) + "h";
  return std::to_string(s / 86400) + "d";
}

}  // namespace plumb
