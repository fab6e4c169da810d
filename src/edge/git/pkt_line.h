// Git's pkt-line framing (gitprotocol-common): four hexadecimal digits of length, then the payload.
// Pure; hostile input gives an error, never a read beyond the bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/git/git_errors.h"

namespace plumb {

struct PktLine {
  enum class Kind { data, flush, delimiter, response_end };
  Kind kind = Kind::data;
  std::string payload;  // without the newline that ends a text line
};

// Reads one line after the other. Borrows the bytes.
class PktReader {
 public:
  explicit PktReader(std::string_view bytes) : rest_(bytes) {}
  // nullopt at the end of the bytes. A line "ERR text" is an error with that text.
  [[nodiscard]] Result<std::optional<PktLine>> next();

 private:
  std::string_view rest_;
};

// One data line; a newline is added. Payloads here are short: at most 65515 bytes.
[[nodiscard]] std::string pkt_line(std::string_view text);
inline constexpr const char* kPktFlush = "0000";
inline constexpr const char* kPktDelimiter = "0001";

}  // namespace plumb
