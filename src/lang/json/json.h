// JSON text <-> Value.
//
// parse: RFC 8259, one document. Integers in int64 range become integers, everything else numbers,
// as Kubernetes' own decoder does. Duplicate keys: the last one wins (as Go's encoding/json),
// unless `refuse_duplicates`. Bytes that are not UTF-8 and lone surrogates become U+FFFD (as
// there), unless `refuse_bad_utf8`. write: compact, keys in Value order, strings and numbers as
// Go's encoding/json writes them (without HTML escaping). Reentrant; no recursion over input depth.
// Source of behaviour: Go encoding/json, sigs.k8s.io/json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::json {

inline constexpr ErrorCode kSyntax{150, "JsonSyntax"};
inline constexpr ErrorCode kDuplicateKey{151, "JsonDuplicateKey"};
inline constexpr ErrorCode kBadEncoding{152, "JsonBadEncoding"};
inline constexpr ErrorCode kNumberRange{153, "JsonNumberRange"};

struct ParseOptions {
  std::string file = {};  // for positions in errors
  bool refuse_duplicates = false;
  bool refuse_bad_utf8 = false;
};

[[nodiscard]] Result<Value> parse(std::string_view text, Budget& budget,
                                  const ParseOptions& options = {});
// With a default Budget for text from the API server (64 MiB, depth 128).
[[nodiscard]] Result<Value> parse(std::string_view text);

[[nodiscard]] std::string write(const Value& value);
// Indented by four spaces, as kubectl -o json; no newline at the end.
[[nodiscard]] std::string write_pretty(const Value& value);
void append(std::string& out, const Value& value);
// A double as Go's encoding/json prints it: shortest form that reads back, 'e' form outside
// 1e-6..1e21. JSON has no word for infinities and NaN; they become null.
void append_number(std::string& out, double number);
// Text as a JSON string with quotes, escaped as Go does: U+2028, U+2029 and bytes that are not
// UTF-8 are escapes.
void append_string(std::string& out, std::string_view text);
// A path of keys as a JSON pointer (RFC 6901): "/spec/replicas".
[[nodiscard]] std::string to_pointer(const std::vector<std::string>& path);

}  // namespace plumb::json
