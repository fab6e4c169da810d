#include "control/turn_room.h"

#include <algorithm>

namespace plumb {

Limits TurnRoom::small_limits() {
  constexpr uint64_t kPart = kAll / kSmall;
  Limits limits;
  for (uint64_t* limit :
       {&limits.total_bytes, &limits.nodes, &limits.alias_nodes, &limits.output_bytes}) {
    *limit /= kPart;
  }
  limits.file_bytes = std::min(limits.file_bytes, limits.total_bytes);
  return limits;
}

bool TurnRoom::is_exceeded(const Error& error) {
  return error.code() == kBudgetExceeded ||
         std::any_of(error.also().begin(), error.also().end(),
                     [](const Error& one) { return one.code() == kBudgetExceeded; });
}

void TurnRoom::Hold::shrink_to(uint64_t bytes) {
  if (bytes >= bytes_) return;
  room_.give_back(bytes_ - bytes);
  bytes_ = bytes;
}

std::shared_ptr<TurnRoom::Hold> TurnRoom::enter(const Who& who, uint64_t bytes, Monotonic now) {
  MutexLock lock(mutex_);
  if (next_ && now - next_->second > kForgottenAfter) next_.reset();
  const bool is_next = !next_ || next_->first == who;
  const bool fits = used_ == 0 || used_ + bytes <= kAll;
  if (!is_next) return nullptr;
  if (!fits) {
    next_ = {who, now};
    return nullptr;
  }
  next_.reset();
  used_ += bytes;
  return std::make_shared<Hold>(*this, bytes);
}

void TurnRoom::give_back(uint64_t bytes) {
  MutexLock lock(mutex_);
  used_ -= bytes;
}

}  // namespace plumb
