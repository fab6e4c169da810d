// Semantic versions and constraints as github.com/Masterminds/semver v3.4 reads them (used by Helm,
// Flux `ref.semver`): versions may have a leading v, missing parts and leading zeros ("v1.2",
// "1.02"); constraints know = != > < >= <= => =< ~ ~> ^, hyphen ranges, x/X/* wildcards, comma or
// space for AND and || for OR. Prereleases match only where one constraint of the AND group names
// one. Values; thread safe as such.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace plumb::semver {

inline constexpr ErrorCode kBadVersion{120, "BadVersion"};
inline constexpr ErrorCode kBadConstraint{121, "BadConstraint"};

struct Version {
  uint64_t major = 0;
  uint64_t minor = 0;
  uint64_t patch = 0;
  std::string prerelease = {};
  std::string metadata = {};  // ignored by comparison
  std::string original = {};  // as written

  [[nodiscard]] static Result<Version> parse(std::string_view text);
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};

[[nodiscard]] std::string to_string(const Version& version);  // "1.2.3-rc.1+build", without the v

class Constraint {
 public:
  [[nodiscard]] static Result<Constraint> parse(std::string_view text);
  [[nodiscard]] bool matches(const Version& version) const;

 private:
  struct Comparison {
    enum class Operator { eq, ne, gt, lt, ge, le, tilde, caret } op;
    Version version;
    int parts = 3;  // how many of major.minor.patch were written; fewer act as wildcards

    [[nodiscard]] bool matches(const Version& other) const;
    [[nodiscard]] bool below_upper_end(const Version& other) const;
    [[nodiscard]] bool in_caret_range(const Version& other) const;
  };
  class Parser;

  std::vector<std::vector<Comparison>> any_of_;  // OR of ANDs
};

}  // namespace plumb::semver
