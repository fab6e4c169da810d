#include "lang/yaml/resolve.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace plumb::yaml {
namespace {

// Go's 'g' form with the shortest precision turns to the e form from this exponent on.
constexpr int kPlainExponent = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Word {
  std::string_view text;
  Resolved value;
};

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<Word, 38> kWords{{
    {"", nullptr},   {"~", nullptr},   {"null", nullptr}, {"Null", nullptr}, {"NULL", nullptr},
    {"y", true},     {"Y", true},      {"yes", true},     {"Yes", true},     {"YES", true},
    {"true", true},  {"True", true},   {"TRUE", true},    {"on", true},      {"On", true},
    {"ON", true},    {"n", false},     {"N", false},      {"no", false},     {"No", false},
    {"NO", false},   {"false", false}, {"False", false},  {"FALSE", false},  {"off", false},
    {"Off", false},  {"OFF", false},   {".nan", kNan},    {".NaN", kNan},    {".NAN", kNan},
    {".inf", kInf},  {".Inf", kInf},   {".INF", kInf},    {"+.inf", kInf},   {"+.Inf", kInf},
    {"+.INF", kInf}, {"-.inf", -kInf}, {"-.Inf", -kInf},
}};

std::optional<Resolved> find_word(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  if (text == "-.INF") return -kInf;
  for (const Word& word : kWords) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

// Go's strconv.ParseUint(text, base): digits only, nothing left over.
std::optional<uint64_t> parse_digits(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The digits of Go's base 0: 0x, 0o and 0b prefixes, a leading 0 is octal.
std::optional<uint64_t> parse_prefixed(std::string_view text) {
  if (text.empty() || text[0] != '0') return parse_digits(text, 10);
  if (text.size() == 1) return 0;
  const char kind = static_cast<char>(text[1] | 0x20);
  if (text.size() >= 3 && kind == 'x') return parse_digits(text.substr(2), 16);
  if (text.size() >= 3 && kind == 'o') return parse_digits(text.substr(2), 8);
  if (text.size() >= 3 && kind == 'b') return parse_digits(text.substr(2), 2);
  return parse_digits(text.substr(1), 8);
}

std::optional<Resolved> signed_value(std::optional<uint64_t> magnitude, bool negative) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (!magnitude || *magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::optional<Resolved> parse_integer(std::string_view text) {
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  const auto magnitude = parse_prefixed(text.substr(sign ? 1 : 0));
  if (auto value = signed_value(magnitude, sign && text[0] == '-')) return value;
  if (magnitude && !sign) return *magnitude;
  return std::nullopt;
}

// Go's fallback for texts like "0b-101": what follows 0b is read once more, with a sign.
std::optional<Resolved> parse_binary_fallback(std::string_view text) {
  if (!text.starts_with("0b")) return std::nullopt;
  text.remove_prefix(2);
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  return signed_value(parse_digits(text.substr(sign ? 1 : 0), 2), sign && text[0] == '-');
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  const auto one_of = [&](char a, char b) {
    if (at == text.size() || (text[at] != a && text[at] != b)) return false;
    ++at;
    return true;
  };
  one_of('-', '+');
  if (digits()) {
    if (one_of('.', '.')) digits();
  } else if (!one_of('.', '.') || !digits()) {
    return false;
  }
  if (one_of('e', 'E')) {
    one_of('-', '+');
    if (!digits()) return false;
  }
  return at == text.size();
}

// Too large is no number, too small is zero: as Go's strconv.ParseFloat.
std::optional<Resolved> parse_float(std::string_view text) {
  if (!looks_like_float(text)) return std::nullopt;
  if (text[0] == '+') text.remove_prefix(1);
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    value = std::strtod(std::string(text).c_str(), nullptr);
  }
  if (std::isinf(value)) return std::nullopt;
  return value;
}

// A text that begins with a dot: underscores may stand between digits only.
std::optional<Resolved> parse_fraction(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
    } else if (!is_digit(text[i - 1]) || i + 1 == text.size() || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return parse_float(plain);
}

// Reads the parts of a timestamp from the front, with the leniency of Go's time.Parse.
class TimestampReader {
 public:
  explicit TimestampReader(std::string_view text) : rest_(text) {}

  // One or two digits, at most `most`.
  bool number(int least, int most, int& value) {
    if (rest_.empty() || !is_digit(rest_[0])) return false;
    value = rest_[0] - '0';
    rest_.remove_prefix(1);
    if (!rest_.empty() && is_digit(rest_[0])) {
      value = value * 10 + rest_[0] - '0';
      rest_.remove_prefix(1);
    }
    return value >= least && value <= most;
  }
  bool literal(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool date() {
    int year = 0;
    for (int i = 0; i < 4; ++i) {
      if (rest_.empty() || !is_digit(rest_[0])) return false;
      year = year * 10 + rest_[0] - '0';
      rest_.remove_prefix(1);
    }
    int month = 0;
    int day = 0;
    if (!literal('-') || !number(1, 12, month) || !literal('-') || !number(1, 31, day)) {
      return false;
    }
    static constexpr std::array<int, 13> kDays{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= kDays[static_cast<size_t>(month)] + (month == 2 && leap ? 1 : 0);
  }
  bool time() {
    int part = 0;
    if (!number(0, 23, part) || !literal(':') || !number(0, 59, part) || !literal(':') ||
        !number(0, 59, part)) {
      return false;
    }
    if (rest_.size() >= 2 && (rest_[0] == '.' || rest_[0] == ',') && is_digit(rest_[1])) {
      rest_.remove_prefix(1);
      while (!rest_.empty() && is_digit(rest_[0])) rest_.remove_prefix(1);
    }
    return true;
  }
  bool zone() {
    if (literal('Z')) return true;
    if (rest_.size() < 6 || (rest_[0] != '+' && rest_[0] != '-') || rest_[3] != ':') return false;
    for (size_t i : {1u, 2u, 4u, 5u}) {
      if (!is_digit(rest_[i])) return false;
    }
    const int hours = (rest_[1] - '0') * 10 + rest_[2] - '0';
    const int minutes = (rest_[4] - '0') * 10 + rest_[5] - '0';
    rest_.remove_prefix(6);
    return hours <= 24 && minutes <= 60;
  }
  bool spaces() {
    if (!literal(' ')) return false;
    while (literal(' ')) {
    }
    return true;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace

bool is_timestamp(std::string_view text) {
  TimestampReader reader(text);
  if (!reader.date()) return false;
  if (reader.done()) return true;
  if (reader.spaces()) return reader.time() && reader.done();
  return (reader.literal('T') || reader.literal('t')) && reader.time() && reader.zone() &&
         reader.done();
}

std::string timestamp_in_json(std::string_view text) {
  const auto number = [&text] {
    std::string digits;
    while (!text.empty() && is_digit(text[0])) {
      digits += text[0];
      text.remove_prefix(1);
    }
    return digits.size() == 1 ? "0" + digits : digits;
  };
  std::string out = number();
  for (const char separator : {'-', '-', 'T', ':', ':'}) {
    if (separator == 'T' && text.empty()) return out + "T00:00:00Z";
    while (!text.empty() && !is_digit(text[0])) text.remove_prefix(1);
    out += separator + number();
  }
  if (text.starts_with('.') || text.starts_with(',')) {
    text.remove_prefix(1);
    std::string fraction;
    while (!text.empty() && is_digit(text[0])) {
      if (fraction.size() < 9) fraction += text[0];
      text.remove_prefix(1);
    }
    while (fraction.ends_with('0')) fraction.pop_back();
    if (!fraction.empty()) out += "." + fraction;
  }
  const bool utc = text.empty() || text == "Z" || text.substr(1) == "00:00";
  return out + (utc ? "Z" : std::string(text));
}

Resolved resolve(std::string_view text, Dialect dialect) {
  const char first = text.empty() ? '~' : text[0];
  const bool number = is_digit(first) || first == '-' || first == '+' || first == '.';
  if (!number && std::string_view("yYnNtTfFoO~").find(first) == std::string_view::npos) {
    return IsText{};
  }
  if (const auto word = find_word(text)) {
    // v3 leaves yes, no, on, off, y and n to those who read into a boolean.
    const bool is_flag = dialect == Dialect::kustomize && std::holds_alternative<bool>(*word);
    if (is_flag && (text.size() < 4 || first == 'o' || first == 'O')) return IsText{};
    return *word;
  }
  if (!number) return IsText{};
  if (first == '.') return parse_fraction(text).value_or(IsText{});
  if (is_timestamp(text)) return IsTimestamp{};
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
                 [](char c) { return c != '_'; });
    text = plain;
  }
  if (const auto value = parse_integer(text)) return *value;
  if (const auto value = parse_float(text)) return *value;
  if (const auto value = parse_binary_fallback(text)) return *value;
  return IsText{};
}

std::string format_g(double number, bool single) {
  if (std::isnan(number)) return ".nan";
  if (std::isinf(number)) return number > 0 ? ".inf" : "-.inf";
  std::array<char, 64> text{};
  const auto digits = [&](std::chars_format format) {
    char* const begin = text.data();
    char* const end = begin + text.size();
    const auto done = single ? std::to_chars(begin, end, static_cast<float>(number), format)
                             : std::to_chars(begin, end, number, format);
    return std::string(begin, done.ptr);
  };
  if (single && std::isinf(static_cast<float>(number))) return number > 0 ? ".inf" : "-.inf";
  std::string scientific = digits(std::chars_format::scientific);
  const size_t e = scientific.find('e');
  const int exponent = number == 0 ? 0 : std::atoi(scientific.c_str() + e + 1);
  if (exponent < -4 || exponent >= kPlainExponent) return scientific;
  return digits(std::chars_format::fixed);
}

}  // namespace plumb::yaml
