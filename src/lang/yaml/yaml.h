// YAML text <-> Value, as kubectl reads and writes it (sigs.k8s.io/yaml v1.6 on go.yaml.in/yaml v2:
// YAML 1.1 types, so `no` and `n` are false, `012` is 10, `12:30` stays a string; keys that are
// numbers or booleans become text).
//
// parse_all reads every document of a file, with the line where each begins and, through
// `Document::line_of`, where each field stands. Errors carry file:line:column and never quote a
// value. Stricter than kubectl, where that would guess: duplicate keys, a key above a `<<` that
// sets it too, tags beyond the core ones, null and binary that JSON cannot hold, U+FEFF inside the
// text, `[a:, b]`, the escape \'. More lenient: the escape \/ and %YAML 1.2. Depth, size and alias
// expansion are paid from the budget. Reentrant; no recursion over input depth.
#pragma once

#include <memory>
#include <optional>
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
inline constexpr ErrorCode kUnrepresentable{110,
                                            "Unrepresentable"};  // NaN, Inf: JSON cannot hold them

// Which reader of YAML is meant. kustomize (go.yaml.in/yaml v3, as kyaml v0.21.1 uses it): yes, no,
// on and off are text, dates become timestamps, keys are text, and a key above a `<<` wins over it.
// kustomization: as kubectl, but of a key that is given twice the last holds, as in the files that
// tell kustomize what to do.
enum class Dialect { kubectl, kustomize, kustomization };

// One document of a stream.
struct Document {
  Value value;
  int line = 1;  // of the document's first content
  // Line of the field at a path of map keys and list indexes ("spec.containers.0.image"), or of the
  // deepest part of the path that exists; `line` when nothing is known. Positions are kept
  // compactly beside the value.
  [[nodiscard]] int line_of(const std::vector<std::string>& path) const;
  // In kustomize's dialect: the bare text of a number, boolean, date or null ("1.10", "0x1F", "~"),
  // where the value does not tell it.
  [[nodiscard]] std::optional<std::string> spelling_of(const std::vector<std::string>& path) const;

  struct Lines;  // the positions; shared, immutable
  std::shared_ptr<const Lines> lines;
};

// Empty documents (null, nothing, or only comments between two `---`) are left out. UTF-8 or, with
// a byte-order mark, UTF-16.
[[nodiscard]] Result<std::vector<Document>> parse_all(std::string_view text,
                                                      const std::string& file, Budget& budget,
                                                      Dialect dialect = Dialect::kubectl);
// Exactly one document; an empty text is null.
[[nodiscard]] Result<Value> parse(std::string_view text, const std::string& file, Budget& budget,
                                  Dialect dialect = Dialect::kubectl);

// What a bare scalar with this text is read as; the text where it is nothing that JSON can hold.
[[nodiscard]] Value plain_value(std::string_view text, Dialect dialect = Dialect::kubectl);

// Byte for byte as sigs.k8s.io/yaml Marshal: go-yaml's order of keys, indent 2, block style, quoted
// only where YAML 1.1 would read another type, folded beyond 80 columns. What that loses is kept:
// the key "<<" is quoted, U+0085 and other controls are escaped. Bytes that are not UTF-8 become
// U+FFFD. parse(write(v)) is v.
[[nodiscard]] std::string write(const Value& value);

}  // namespace plumb::yaml
