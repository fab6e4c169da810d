// Digest: SHA-256, the project's one hash. Identity of content (manifests, bodies, read-sets) and
// of records. Fingerprint is its first 16 bytes, for the per-object records of the live store where
// memory counts.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace plumb {

template <size_t N>
struct Bytes {
  std::array<uint8_t, N> bytes{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static std::optional<Bytes> from_hex(std::string_view text);
  [[nodiscard]] bool is_zero() const { return *this == Bytes{}; }

  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

using Digest = Bytes<32>;
using Fingerprint = Bytes<16>;

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] Fingerprint fingerprint(std::string_view bytes);
[[nodiscard]] Fingerprint fingerprint(const Digest& digest);

// HMAC-SHA256, and a comparison whose time does not depend on where the inputs differ.
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);  // strict, padded

// Incremental SHA-256. Fields are length-prefixed by `field`, so that ("a","bc") and ("ab","c")
// differ.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  void field(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumb

template <size_t N>
struct std::hash<plumb::Bytes<N>> {
  size_t operator()(const plumb::Bytes<N>& b) const noexcept {
    size_t h;
    std::memcpy(&h, b.bytes.data(), sizeof h);
    return h;
  }
};
