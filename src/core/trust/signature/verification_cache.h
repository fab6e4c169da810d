// VerificationCache: remembers which objects bear a good signature, so that a commit is verified
// once for a set of keys. Keyed by object id and digest_of(keys, options); failures are not
// remembered. Bounded: the oldest entries leave first. Not thread safe; pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/digest.h"
#include "core/trust/signature/verify.h"

namespace plumb::trust {

class VerificationCache {
 public:
  explicit VerificationCache(size_t most = 20'000) : most_(most) {}

  // `now` decides whether a verdict of a key that expires still holds.
  [[nodiscard]] std::optional<VerifiedSignature> find(const std::string& object, const Digest& keys,
                                                      std::optional<WallTime> now) const;
  void remember(const std::string& object, const Digest& keys, VerifiedSignature verified);
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  [[nodiscard]] static Digest key_of(const std::string& object, const Digest& keys);

  size_t most_;
  std::unordered_map<Digest, VerifiedSignature> entries_;
  std::deque<Digest> order_;  // oldest first
};

}  // namespace plumb::trust
