#include "core/trust/signature/verification_cache.h"

namespace plumb::trust {

Digest VerificationCache::key_of(const std::string& object, const Digest& keys) {
  Sha256 hash;
  hash.field(object);
  hash.field({reinterpret_cast<const char*>(keys.bytes.data()), keys.bytes.size()});
  return hash.finish();
}

std::optional<VerifiedSignature> VerificationCache::find(const std::string& object,
                                                         const Digest& keys,
                                                         std::optional<WallTime> now) const {
  const auto found = entries_.find(key_of(object, keys));
  if (found == entries_.end()) return {};
  const std::optional<WallTime>& until = found->second.valid_until;
  if (until && (!now || *now >= *until)) return {};
  return found->second;
}

void VerificationCache::remember(const std::string& object, const Digest& keys,
                                 VerifiedSignature verified) {
  if (most_ == 0) return;
  const Digest key = key_of(object, keys);
  if (!entries_.insert_or_assign(key, std::move(verified)).second) return;
  order_.push_back(key);
  if (order_.size() <= most_) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

}  // namespace plumb::trust
