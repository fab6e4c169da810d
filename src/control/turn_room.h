// TurnRoom: how much of large Apps is unpacked at once. A turn whose manifests have more than
// kSmall bytes of text goes on only while the sum of all such turns is below kAll, or alone; memory
// is about three times that. Small turns are not counted: they never wait, and there are at most as
// many as workers. The turn of a Repository whose commits are judged by what they render to counts
// likewise.
//
// No thread waits here: who finds no room comes back soon, and has precedence over who came later
// for as long as it does come back. Thread safe. One for each process, whatever shards it works on.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/budget.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "model/object.h"

namespace plumb {

class TurnRoom {
 public:
  static constexpr uint64_t kAll = 64 << 20;
  static constexpr uint64_t kSmall = kAll / 16;
  static constexpr Duration kComeBackIn = std::chrono::milliseconds(250);

  using Who = std::variant<AppKey, RepositoryKey>;  // whose turn it is

  // Renders within these limits need no room, so that it need not be known how large one becomes.
  [[nodiscard]] static Limits small_limits();
  // That it was not within them, or within any others.
  [[nodiscard]] static bool is_exceeded(const Error& error);

  // Room for a turn; given back when it goes. The TurnRoom outlives it.
  class Hold {
   public:
    Hold(TurnRoom& room, uint64_t bytes) : room_(room), bytes_(bytes) {}
    ~Hold() { room_.give_back(bytes_); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    // Less was needed than was asked for.
    void shrink_to(uint64_t bytes);

   private:
    TurnRoom& room_;
    uint64_t bytes_;
  };

  // nullptr: none now. One turn asks for itself once, or gives back what it has first.
  [[nodiscard]] std::shared_ptr<Hold> enter(const Who& who, uint64_t bytes, Monotonic now)
      EXCLUDES(mutex_);

 private:
  static constexpr Duration kForgottenAfter = 8 * kComeBackIn;

  void give_back(uint64_t bytes) EXCLUDES(mutex_);

  Mutex mutex_;
  uint64_t used_ GUARDED_BY(mutex_) = 0;
  // Who found no room first, and when it asked last.
  std::optional<std::pair<Who, Monotonic>> next_ GUARDED_BY(mutex_);
};

}  // namespace plumb
