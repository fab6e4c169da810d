// What a scalar denotes: YAML 1.1 typing as go.yaml.in/yaml v2 does it for sigs.k8s.io/yaml v1.6
// (kubectl, Helm, Flux), or as go.yaml.in/yaml v3 does (kustomize). Used by the parser (what did
// the author write?) and by the writer (would the bare text be read as something else?). Pure
// functions; internal to lang/yaml.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "lang/yaml/yaml.h"

namespace plumb::yaml {

struct IsText {};
struct IsTimestamp {};  // read as its text, but written in quotes
using Resolved = std::variant<IsText, IsTimestamp, std::nullptr_t, bool, int64_t, uint64_t, double>;

// A scalar without quotes and tag. uint64_t only for values above int64_t; double also for .inf and
// .nan.
[[nodiscard]] Resolved resolve(std::string_view text, Dialect dialect = Dialect::kubectl);

// "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.1", "2002-12-14".
[[nodiscard]] bool is_timestamp(std::string_view text);
// Such a text as Go's time.Time prints itself in JSON: "2002-12-14T00:00:00Z".
[[nodiscard]] std::string timestamp_in_json(std::string_view text);

// A double as Go's strconv.FormatFloat(number, 'g', -1, bits) prints it; `single` rounds to float
// first.
[[nodiscard]] std::string format_g(double number, bool single);

}  // namespace plumb::yaml
