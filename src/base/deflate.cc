#include "base/deflate.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace plumb {
namespace {

Bytef* bytes_of(std::string& text) {
  return reinterpret_cast<Bytef*>(text.data());
}
// zlib only reads what next_in names, but has no const for it in its default build.
Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

// A text is compressed in one call: sizes of 4 GiB and more are not kept here.
uInt size_of(std::string_view text) {
  CHECK(text.size() <= UINT32_MAX);
  return static_cast<uInt>(text.size());
}

// What zlib allocates grows with the window: no larger than the text has use for.
int window_bits(size_t size) {
  int bits = 9;
  while (bits < MAX_WBITS && (size_t{1} << bits) < size) ++bits;
  return bits;
}

}  // namespace

std::string deflated(std::string_view text, std::string_view dictionary) {
  z_stream stream{};
  const int bits = window_bits(text.size() + dictionary.size());
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, std::min(8, bits - 7),
                     Z_DEFAULT_STRATEGY) == Z_OK);
  if (!dictionary.empty()) {
    CHECK(deflateSetDictionary(&stream, bytes_of(dictionary), size_of(dictionary)) == Z_OK);
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = size_of(text);
  stream.next_out = bytes_of(out);
  stream.avail_out = size_of(out);
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  out.shrink_to_fit();
  return out;
}

std::string inflated(std::string_view packed, size_t size, std::string_view dictionary) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
  if (!dictionary.empty()) {
    CHECK(inflateSetDictionary(&stream, bytes_of(dictionary), size_of(dictionary)) == Z_OK);
  }
  std::string out(size, '\0');
  stream.next_in = bytes_of(packed);
  stream.avail_in = size_of(packed);
  stream.next_out = bytes_of(out);
  stream.avail_out = size_of(out);
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == size);
  inflateEnd(&stream);
  return out;
}

}  // namespace plumb
