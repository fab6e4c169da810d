// Seeded random inputs for the language tests: the same seed gives the same inputs on every
// machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lang/value/value.h"

namespace plumb::testing {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  // Below `end`. Not std::uniform_int_distribution: its results differ between libraries.
  size_t below(size_t end) { return static_cast<size_t>(engine_() % end); }
  bool chance(size_t one_in) { return below(one_in) == 0; }
  std::string_view pick(const std::vector<std::string_view>& from) {
    return from[below(from.size())];
  }

  // Text that is near a number, boolean, null or timestamp.
  std::string scalar();
  // Text of up to `most` characters of all kinds: spaces, breaks, punctuation, Unicode, controls.
  std::string text(size_t most);
  Value value(size_t depth);
  std::string version();
  std::string constraint();
  // A YAML document by the grammar: block and flow styles, all scalar styles, comments, anchors,
  // merges.
  std::string document();
  // YAML tokens in any order; seldom valid.
  std::string tokens();

 private:
  std::string block(size_t depth, size_t indent);
  std::string flow(size_t depth);
  std::string inline_scalar(bool in_flow);
  std::string block_scalar(size_t indent);

  std::mt19937_64 engine_;
  size_t anchors_ = 0;
};

}  // namespace plumb::testing
