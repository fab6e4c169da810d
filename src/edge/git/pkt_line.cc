#include "edge/git/pkt_line.h"

#include <cstdio>

#include "base/check.h"
#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kMaxPayload = 65516;
constexpr size_t kMaxShown = 300;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error malformed(const char* what) {
  return Error(kBadGitResponse, std::string("the answer of the Git server is malformed: ") + what,
               Retry::transient);
}

}  // namespace

Result<std::optional<PktLine>> PktReader::next() {
  if (rest_.empty()) return std::optional<PktLine>();
  if (rest_.size() < 4) return malformed("it ends inside of a line's length");
  size_t length = 0;
  for (const char c : rest_.substr(0, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) return malformed("the length of a line is not hexadecimal");
    length = length * 16 + static_cast<size_t>(digit);
  }
  if (length < 4) {
    if (length == 3) return malformed("a line has the length 3");
    rest_.remove_prefix(4);
    static constexpr PktLine::Kind kKinds[] = {PktLine::Kind::flush, PktLine::Kind::delimiter,
                                               PktLine::Kind::response_end};
    return std::optional(PktLine{kKinds[length], {}});
  }
  if (length > rest_.size()) return malformed("it ends inside of a line");
  std::string_view payload = rest_.substr(4, length - 4);
  if (payload.size() > kMaxPayload) return malformed("a line is too long");
  rest_.remove_prefix(length);
  if (payload.ends_with('\n')) payload.remove_suffix(1);
  if (payload.starts_with("ERR ")) {
    return Error(kBadGitResponse,
                 "the Git server refuses: " + escape_terminal(payload.substr(4, kMaxShown)),
                 Retry::transient);
  }
  return std::optional(PktLine{PktLine::Kind::data, std::string(payload)});
}

std::string pkt_line(std::string_view text) {
  CHECK(text.size() < kMaxPayload);
  char length[5];
  std::snprintf(length, sizeof length, "%04x", static_cast<unsigned>(text.size() + 5));
  return length + std::string(text) + "\n";
}

}  // namespace plumb
