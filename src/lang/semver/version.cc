#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "lang/semver/scan.h"
#include "lang/semver/semver.h"

namespace plumb::semver {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::optional<uint64_t> to_number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The size of identifiers joined by dots at the beginning of the text.
size_t identifiers(std::string_view text) {
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_identifier(text[i])) {
      size = i + 1;
    } else if (text[i] != '.' || i == 0 || text[i - 1] == '.') {
      break;
    }
  }
  return size;
}

// Numeric identifiers have no leading zero.
bool is_prerelease(std::string_view text) {
  const std::vector<std::string> parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    const bool number = std::all_of(part.begin(), part.end(), is_digit);
    return !number || part.size() == 1 || part[0] != '0';
  });
}

std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  if (a == b) return std::strong_ordering::equal;
  if (a.empty()) return std::strong_ordering::less;
  if (b.empty()) return std::strong_ordering::greater;
  const auto x = to_number(a);
  const auto y = to_number(b);
  if (x && y) return *x <=> *y;
  if (x) return std::strong_ordering::less;
  if (y) return std::strong_ordering::greater;
  return a <=> b;
}

// A release comes after its prereleases.
std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();
  const std::vector<std::string> left = split(a, '.');
  const std::vector<std::string> right = split(b, '.');
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const auto order = compare_identifiers(i < left.size() ? left[i] : std::string_view(),
                                           i < right.size() ? right[i] : std::string_view());
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace

std::optional<Scanned> scan_version(std::string_view text, bool wildcards) {
  Scanned out;
  size_t at = text.starts_with('v') ? 1 : 0;
  const auto take_number = [&] {
    const size_t from = at;
    while (at < text.size() &&
           (is_digit(text[at]) ||
            (wildcards && std::string_view("xX*|").find(text[at]) != std::string_view::npos))) {
      ++at;
    }
    return text.substr(from, at - from);
  };
  for (size_t i = 0; i < out.numbers.size(); ++i) {
    const size_t before = at;
    if (i > 0) {
      if (at == text.size() || text[at] != '.') break;
      ++at;
    }
    out.numbers[i] = take_number();
    if (!out.numbers[i].empty()) continue;
    if (i == 0) return std::nullopt;
    at = before;
    break;
  }
  const auto take_identifiers = [&](char sign) {
    if (at == text.size() || text[at] != sign) return std::string_view();
    const std::string_view found = text.substr(at + 1, identifiers(text.substr(at + 1)));
    if (!found.empty()) at += 1 + found.size();
    return found;
  };
  out.prerelease = take_identifiers('-');
  out.metadata = take_identifiers('+');
  out.size = at;
  return out;
}

Result<Version> Version::parse(std::string_view text) {
  const auto bad = [&] {
    return Error(kBadVersion,
                 "\"" + escape_terminal(shorten(text)) + "\" is not a semantic version")
        .with_help("versions look like 1.2.3, v1.2 or 1.2.3-rc.1");
  };
  const auto scanned = scan_version(text, false);
  if (!scanned || scanned->size != text.size() || !is_prerelease(scanned->prerelease)) return bad();
  std::array<uint64_t, 3> numbers{};
  for (size_t i = 0; i < numbers.size() && !scanned->numbers[i].empty(); ++i) {
    const auto number = to_number(scanned->numbers[i]);
    if (!number) return bad();
    numbers[i] = *number;
  }
  return Version{.major = numbers[0],
                 .minor = numbers[1],
                 .patch = numbers[2],
                 .prerelease = std::string(scanned->prerelease),
                 .metadata = std::string(scanned->metadata),
                 .original = std::string(text)};
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  if (const auto order = a.major <=> b.major; order != 0) return order;
  if (const auto order = a.minor <=> b.minor; order != 0) return order;
  if (const auto order = a.patch <=> b.patch; order != 0) return order;
  return compare_prereleases(a.prerelease, b.prerelease);
}

std::string to_string(const Version& version) {
  std::string out = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                    std::to_string(version.patch);
  if (!version.prerelease.empty()) out += "-" + version.prerelease;
  if (!version.metadata.empty()) out += "+" + version.metadata;
  return out;
}

}  // namespace plumb::semver
