// Small functions on text that several layers need: splitting, trimming, JSON string form, near
// names for "did you mean", and escaping of text from repositories before it reaches a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumb {

[[nodiscard]] std::string_view trim(std::string_view text);  // borrows text
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII

// Appends text as a JSON string with quotes. Control characters are escaped; bytes that are not
// UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);
// Byte offset of the first byte that is not UTF-8, or npos.
[[nodiscard]] size_t find_invalid_utf8(std::string_view text);

// The candidate nearest to `name` by edit distance, or "" if none is near (at most a third of the
// letters differ).
[[nodiscard]] std::string nearest(std::string_view name,
                                  const std::vector<std::string>& candidates);

// Makes text from outside safe to print: C0/C1 controls, ESC and bidirectional controls appear as
// \xNN or \uNNNN (Helm CVE-2021-21303 is the reason). Newlines stay if keep_newlines.
[[nodiscard]] std::string escape_terminal(std::string_view text, bool keep_newlines = false);

// At most `most` bytes of the text, cut between two characters, with "…" where something was left
// out. For names from outside in messages: escape_terminal(shorten(name)).
[[nodiscard]] std::string shorten(std::string_view text, size_t most = 80);

// The URL without user and password: "https://user:tok@host/x" -> "https://host/x". For every
// message.
[[nodiscard]] std::string without_userinfo(std::string_view url);

}  // namespace plumb
