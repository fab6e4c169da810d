// Where the scalars of a YAML text stand, byte by byte, and how another text is written in their
// place: for edits that keep every other byte (comments, layout, the order of keys).
//
// Only values are listed, not keys. Accepts what `parse_all` accepts and a little more (duplicate
// keys, tags): whoever edits parses the text too. UTF-8 only. Pure; reentrant; paid from the
// budget.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {

enum class ScalarStyle { plain, single_quoted, double_quoted, block };

struct ScalarPlace {
  size_t document = 0;                 // counted from 0, empty documents included
  std::vector<std::string> path = {};  // map keys and list indexes; below a "<<" too
  std::string value = {};              // as text, whatever its type; of an alias: the anchor's name
  int line = 0;                        // from 1
  // Bytes of the text as it was given: quotes are inside, an anchor, a tag and comments are not.
  size_t begin = 0;
  size_t end = 0;
  ScalarStyle style = ScalarStyle::plain;
  bool in_brackets = false;  // inside [] or {}
  bool is_text = false;      // is read as a string
  // Another text can stand there: no alias, no block scalar, and an empty value only behind a
  // ":".
  bool is_replaceable = true;
  bool is_alias = false;  // "*name": stands for what is written elsewhere
};

[[nodiscard]] Result<std::vector<ScalarPlace>> find_scalars(std::string_view text,
                                                            const std::string& file,
                                                            Budget& budget);

// The bytes that mean the string `value` at this place: in the same quotes, and in double quotes
// where it would not be read as that string without. The place is_replaceable.
[[nodiscard]] std::string written_at(const ScalarPlace& place, std::string_view value);

// The comment behind a scalar, on the line where it ends: from "#" on; "" where there is none.
[[nodiscard]] std::string_view comment_behind(std::string_view text, const ScalarPlace& place);

}  // namespace plumb::yaml
