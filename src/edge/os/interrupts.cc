#include "edge/os/interrupts.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.h"
#include "base/mutex.h"

namespace plumb {

namespace {

constexpr std::chrono::seconds kPatience{3};

bool is_ignored(int number) {
  struct sigaction action = {};
  sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

[[noreturn]] void end_by(int number) {
  ::_exit(128 + number);
}

}  // namespace

struct Interrupts::State {
  sigset_t signals;
  Mutex mutex;
  CondVar changed;
  int sections GUARDED_BY(mutex) = 0;
  int number GUARDED_BY(mutex) = 0;  // the signal that came
  bool over GUARDED_BY(mutex) = false;
  std::stop_source stop;

  void wait() {
    int received = 0;
    sigwait(&signals, &received);
    {
      const MutexLock lock(mutex);
      if (over) return;
      number = received;
    }
    stop.request_stop();
    const auto until = std::chrono::steady_clock::now() + kPatience;
    const MutexLock lock(mutex);
    while (sections > 0 && std::chrono::steady_clock::now() < until) {
      changed.wait_until(mutex, until);
    }
    end_by(received);
  }
};

Interrupts::Interrupts() : state_(std::make_unique<State>()) {
  sigemptyset(&state_->signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) sigaddset(&state_->signals, number);
  }
  // What wakes the thread at the end of the program.
  sigaddset(&state_->signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
  thread_ = std::thread([state = state_.get()] { state->wait(); });
}

Interrupts::~Interrupts() {
  {
    const MutexLock lock(state_->mutex);
    state_->over = true;
  }
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

Interrupts::Section::Section(Interrupts& interrupts) : interrupts_(interrupts) {
  const MutexLock lock(interrupts_.state_->mutex);
  ++interrupts_.state_->sections;
}

Interrupts::Section::~Section() {
  State& state = *interrupts_.state_;
  const MutexLock lock(state.mutex);
  --state.sections;
  if (state.number != 0 && state.sections == 0) end_by(state.number);
  state.changed.notify_all();
}

std::stop_token Interrupts::Section::stop() const {
  return interrupts_.state_->stop.get_token();
}

}  // namespace plumb
