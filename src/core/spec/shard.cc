#include "core/spec/shard.h"

#include <algorithm>

#include "base/digest.h"

namespace plumb {
namespace {

// The same in every release and on every machine: replicas must agree.
uint64_t hash_of(const std::string& text) {
  const Digest digest = sha256(text);
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | digest.bytes[i];
  return out;
}

// A value of a label has at most 63 letters; so many digits are a number that fits.
constexpr size_t kMostDigits = 18;

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

uint32_t shard_of(const RepositoryKey& repository, const std::string& label, uint32_t count) {
  if (count <= 1) return 0;
  const uint64_t number =
      is_number(label) ? std::stoull(label) : hash_of(label.empty() ? repository.display() : label);
  return static_cast<uint32_t>(number % count);
}

RepositoryKey repository_named_by(const Value& app) {
  std::string space = app.string_at({"spec", "repository", "namespace"});
  if (space.empty()) space = app.string_at({"metadata", "namespace"});
  return {{std::move(space), app.string_at({"spec", "repository", "name"})}};
}

}  // namespace plumb
