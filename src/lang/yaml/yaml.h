// YAML text <-> Value, as kubectl reads and writes it (sigs.k8s.io/yaml v1.6 on its go-yaml v2 dialect: YAML 1.1
// types, so `no` is false, `012` is 10, `12:30` stays a string as there).
//
// parse_all reads every document of a file, with the line where each begins and, through `Document::locate`, where
// each field stands. Errors carry file:line:column. Duplicate keys, tabs in indentation, bad UTF-8, undefined aliases,
// unknown tags and documents deeper than the budget are errors; alias expansion is paid from the budget.
// Reentrant; no recursion over input depth.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::yaml {

inline constexpr ErrorCode kSyntax{101, "YamlSyntax"};
inline constexpr ErrorCode kDuplicateKey{102, "DuplicateKey"};
inline constexpr ErrorCode kTabIndentation{103, "TabIndentation"};
inline constexpr ErrorCode kBadEncoding{104, "BadEncoding"};
inline constexpr ErrorCode kUndefinedAlias{105, "UndefinedAlias"};
inline constexpr ErrorCode kUnsupportedTag{106, "UnsupportedTag"};
inline constexpr ErrorCode kBadKey{107, "BadKey"};
inline constexpr ErrorCode kMergeConflict{108, "MergeConflictMarker"};
inline constexpr ErrorCode kTemplateSyntax{109, "TemplateSyntax"};
inline constexpr ErrorCode kUnrepresentable{110, "Unrepresentable"};  // NaN, Inf: JSON cannot hold them

// One document of a stream.
struct Document {
  Value value;
  int line = 1;  // of the document's first content
  // Line of the field at a path of map keys and list indexes ("spec.containers.0.image"), or of the deepest part of
  // the path that exists; `line` when nothing is known. Positions are kept compactly beside the value.
  [[nodiscard]] int line_of(const std::vector<std::string>& path) const;

  struct Lines;  // the positions; shared, immutable
  std::shared_ptr<const Lines> lines;
};

// Empty documents (nothing, or only comments between two `---`) are left out.
[[nodiscard]] Result<std::vector<Document>> parse_all(std::string_view text,
                                                      const std::string& file, Budget& budget);
// Exactly one document; an empty text is null.
[[nodiscard]] Result<Value> parse(std::string_view text, const std::string& file, Budget& budget);

// As sigs.k8s.io/yaml Marshal: keys sorted, indent 2, block style, quoted only where YAML 1.1 would read another type.
[[nodiscard]] std::string write(const Value& value);

}  // namespace plumb::yaml
