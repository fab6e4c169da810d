// Packed text: texts one behind the other in one string, each after its length: seven bits in each
// byte, the lowest first; all but the last byte have the eighth bit. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace plumb {

void append_text(std::string& packed, std::string_view text);
void append_number(std::string& packed, int64_t number);  // as a text
template <size_t N>
void append_bytes(std::string& packed, const Bytes<N>& bytes) {  // without a length
  packed.append(reinterpret_cast<const char*>(bytes.bytes.data()), N);
}

// The text whose length begins there; what follows begins at its end. Made for what append_text
// wrote: anything else ends the process.
[[nodiscard]] std::string_view text_at(std::string_view packed, size_t at);

// Reads in the order of writing, and ends the process where something else was written. Borrows the
// packed string.
class PackedReader {
 public:
  explicit PackedReader(std::string_view packed) : left_(packed) {}

  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::string string() { return std::string(text()); }
  [[nodiscard]] int64_t number();
  [[nodiscard]] unsigned char byte() { return static_cast<unsigned char>(raw(1).front()); }
  template <size_t N>
  [[nodiscard]] Bytes<N> bytes() {
    Bytes<N> out;
    raw(N).copy(reinterpret_cast<char*>(out.bytes.data()), N);
    return out;
  }
  [[nodiscard]] bool at_end() const { return left_.empty(); }

 private:
  [[nodiscard]] std::string_view raw(size_t count);

  std::string_view left_;
};

}  // namespace plumb
