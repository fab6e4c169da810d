// Redaction: takes secret texts out of what people are told. A value of at least four letters is
// found anywhere, a shorter one as a word of its own; also in capitals, in small letters, as
// base64, and cut off after 16 letters. What a template made of a value beyond that is not found. A
// value; thread safe once filled.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/error.h"

namespace plumb {

inline constexpr std::string_view kRedacted = "***";

class Redaction {
 public:
  void add(std::string_view secret);  // nothing for an empty one
  [[nodiscard]] bool empty() const { return secrets_.empty(); }

  [[nodiscard]] std::string operator()(std::string_view text) const;
  // In all texts of an error but positions, and in further errors.
  [[nodiscard]] Error operator()(const Error& error) const;
  // Whether the text has a secret anywhere, however short.
  [[nodiscard]] bool touches(std::string_view text) const;

 private:
  std::set<std::string, std::less<>> secrets_;
};

}  // namespace plumb
