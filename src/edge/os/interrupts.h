// Interrupts: what Ctrl-C, SIGTERM and a closed terminal do to a command-line program. It ends at
// once with 128 + the signal's number, as shells have it, but for a Section: work that leaves
// something behind when it is cut off (files, a child process) is told by a stop_token and has a
// moment to unwind.
//
// One for a process, made by main before any other thread is started: those then have the signals
// blocked. A signal that was ignored from the start (nohup) stays ignored.
#pragma once

#include <memory>
#include <stop_token>
#include <thread>

namespace plumb {

class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Thread safe. Its end is the end of the program if a signal came meanwhile.
  class Section {
   public:
    explicit Section(Interrupts& interrupts);
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;
    [[nodiscard]] std::stop_token stop() const;

   private:
    Interrupts& interrupts_;
  };

 private:
  struct State;
  const std::unique_ptr<State> state_;
  std::thread thread_;
};

}  // namespace plumb
