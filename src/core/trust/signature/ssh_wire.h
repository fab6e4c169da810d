// SshReader: takes fields of SSH's wire form (RFC 4251, section 5) off the front of some bytes.
// Borrows the bytes. After a failed read it stays failed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plumb::trust {

class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::string_view bytes(size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
    }
    const std::string_view out = rest_.substr(0, failed_ ? 0 : count);
    rest_.remove_prefix(out.size());
    return out;
  }
  [[nodiscard]] uint32_t number() {
    uint32_t out = 0;
    for (const char c : bytes(4)) out = out << 8 | static_cast<uint8_t>(c);
    return out;
  }
  [[nodiscard]] uint8_t byte() {
    const std::string_view one = bytes(1);
    return one.empty() ? 0 : static_cast<uint8_t>(one[0]);
  }
  [[nodiscard]] std::string_view string() { return bytes(number()); }
  // A positive integer in its one canonical form: no superfluous zero in front, not negative, not 0
  // (OpenSSH also takes superfluous zeros). Returned without the zero that marks the sign.
  [[nodiscard]] std::string_view positive() {
    std::string_view digits = string();
    const auto high = [](char c) { return (static_cast<uint8_t>(c) & 0x80) != 0; };
    if (digits.empty() || high(digits[0]) ||
        (digits[0] == 0 && (digits.size() == 1 || !high(digits[1])))) {
      failed_ = true;
      return {};
    }
    if (digits[0] == 0) digits.remove_prefix(1);
    return digits;
  }

  [[nodiscard]] bool failed() const { return failed_; }
  // All was read, and nothing is left.
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

inline void append_ssh_string(std::string& out, std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift & 0xff);
  out += text;
}

}  // namespace plumb::trust
