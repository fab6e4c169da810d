#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "lang/semver/scan.h"
#include "lang/semver/semver.h"

namespace plumb::semver {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

bool is_wildcard(std::string_view number) {
  return number.empty() || number == "x" || number == "X" || number == "*";
}

// The number of characters of white space at the beginning.
size_t spaces(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_space) - text.begin());
}

// "1.2 - 3.4" at the beginning of the text.
struct Range {
  std::string_view low;
  std::string_view high;
  size_t size;  // with the white space around it
};

std::optional<Range> scan_range(std::string_view text) {
  size_t at = spaces(text);
  const auto low = scan_version(text.substr(at), true);
  if (!low) return std::nullopt;
  Range range{.low = text.substr(at, low->size), .high = {}, .size = 0};
  at += low->size;
  const size_t before = spaces(text.substr(at));
  at += before;
  if (before == 0 || at == text.size() || text[at] != '-') return std::nullopt;
  const size_t after = spaces(text.substr(++at));
  at += after;
  const auto high = scan_version(text.substr(at), true);
  if (after == 0 || !high) return std::nullopt;
  range.high = text.substr(at, high->size);
  at += high->size;
  range.size = at + spaces(text.substr(at));
  return range;
}

// Hyphen ranges become ">= low, <= high".
std::string without_ranges(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const auto range = scan_range(text)) {
      out += ">= " + std::string(range->low) + ", <= " + std::string(range->high) + " ";
      text.remove_prefix(range->size);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

class Constraint::Parser {
 public:
  Parser(std::string_view whole, std::string_view group) : whole_(whole), rest_(group) {}

  // Comparisons separated by white space or a comma.
  Result<std::vector<Comparison>> run() {
    std::vector<Comparison> all_of;
    skip_spaces();
    do {
      all_of.push_back(TRY(take_comparison()));
    } while (TRY(take_separator()));
    return all_of;
  }

 private:
  using Operator = Comparison::Operator;

  size_t skip_spaces() {
    const size_t count = spaces(rest_);
    rest_.remove_prefix(count);
    return count;
  }

  Result<bool> take_separator() {
    const bool space = skip_spaces() > 0;
    if (rest_.empty()) return false;
    if (rest_.front() == ',') {
      rest_.remove_prefix(1);
      skip_spaces();
      return true;
    }
    if (!space) return bad();
    return true;
  }

  Operator take_operator() {
    static constexpr std::array<std::pair<std::string_view, Operator>, 11> kOperators{
        {{"!=", Operator::ne},
         {">=", Operator::ge},
         {"=>", Operator::ge},
         {"<=", Operator::le},
         {"=<", Operator::le},
         {"~>", Operator::tilde},
         {"=", Operator::eq},
         {">", Operator::gt},
         {"<", Operator::lt},
         {"~", Operator::tilde},
         {"^", Operator::caret}}};
    for (const auto& [text, op] : kOperators) {
      if (!rest_.starts_with(text)) continue;
      rest_.remove_prefix(text.size());
      return op;
    }
    return Operator::eq;
  }

  Result<Comparison> take_comparison() {
    const Operator op = take_operator();
    skip_spaces();
    const auto scanned = scan_version(rest_, true);
    if (!scanned) return bad();
    int parts = 0;
    while (parts < 3 && !is_wildcard(scanned->numbers[static_cast<size_t>(parts)])) ++parts;
    std::string text;
    if (parts == 3) {
      text = rest_.substr(0, scanned->size);
    } else {
      for (int i = 0; i < 3; ++i) {
        text += i > 0 ? "." : "";
        text += i < parts ? scanned->numbers[static_cast<size_t>(i)] : "0";
      }
      if (!scanned->prerelease.empty()) text += "-" + std::string(scanned->prerelease);
    }
    rest_.remove_prefix(scanned->size);
    Result<Version> version = Version::parse(text);
    if (!version.has_value()) return bad();
    return Comparison{op, *std::move(version), parts};
  }

  [[nodiscard]] Error bad() const {
    return Error(kBadConstraint,
                 "\"" + escape_terminal(shorten(whole_)) + "\" is not a constraint on versions")
        .with_help("constraints look like >=1.2 <2, ^1.4, ~1.4.2, 1.x or 1.2 - 1.8 || ^3");
  }

  std::string_view whole_;
  std::string_view rest_;
};

Result<Constraint> Constraint::parse(std::string_view text) {
  const std::string plain = without_ranges(text);
  Constraint out;
  std::string_view rest = plain;
  while (true) {
    const size_t end = rest.find("||");
    out.any_of_.push_back(TRY(Parser(text, rest.substr(0, end)).run()));
    if (end == std::string_view::npos) return out;
    rest.remove_prefix(end + 2);
  }
}

bool Constraint::matches(const Version& version) const {
  return std::any_of(any_of_.begin(), any_of_.end(), [&](const auto& all_of) {
    const bool prereleases = std::any_of(all_of.begin(), all_of.end(), [](const Comparison& one) {
      return !one.version.prerelease.empty();
    });
    if (!version.prerelease.empty() && !prereleases) return false;
    return std::all_of(all_of.begin(), all_of.end(),
                       [&](const Comparison& one) { return one.matches(version); });
  });
}

// The wildcard rules are those of the Go library, its oddities included.
bool Constraint::Comparison::matches(const Version& other) const {
  const bool same_major = other.major == version.major;
  const bool same_minor = other.minor == version.minor;
  switch (op) {
    case Operator::eq:
      return parts == 3 ? other == version : below_upper_end(other);
    case Operator::ne:
      if (parts == 3 || parts == 0) return other != version;
      if (!same_major) return true;
      if (parts == 1) return false;
      if (!same_minor) return true;
      return other.prerelease != version.prerelease;
    case Operator::gt:
      if (parts == 3 || parts == 0) return other > version;
      if (!same_major) return other.major > version.major;
      return parts == 2 && other.minor > version.minor;
    case Operator::lt:
      return other < version;
    case Operator::ge:
      return other >= version;
    case Operator::le:
      if (parts == 3) return other <= version;
      if (!same_major) return other.major < version.major;
      return parts == 1 || other.minor <= version.minor;
    case Operator::tilde:
      return below_upper_end(other);
    case Operator::caret:
      return in_caret_range(other);
  }
  return false;
}

// ~1.2.3: at least 1.2.3 and below 1.3; ~1: below 2; ~0.0.0 and ~*: anything from there.
bool Constraint::Comparison::below_upper_end(const Version& other) const {
  if (other < version) return false;
  const bool zero = version.major == 0 && version.minor == 0 && version.patch == 0;
  if (zero && parts != 1 && parts != 2) return true;
  return other.major == version.major && (other.minor == version.minor || parts == 1);
}

// ^1.2.3: below 2; ^0.2.3: below 0.3; ^0.0.3: below 0.0.4.
bool Constraint::Comparison::in_caret_range(const Version& other) const {
  if (other < version) return false;
  if (version.major > 0 || parts == 1) return other.major == version.major;
  if (other.major > 0) return false;
  if (version.minor > 0 || parts == 2) return other.minor == version.minor;
  return other.minor == 0 && other.patch == version.patch;
}

}  // namespace plumb::semver
