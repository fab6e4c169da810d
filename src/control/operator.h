// Operator: the process. One ShardWork for each shard that this replica works on, the election that
// says which, and the HTTP servers, wired together and run until told to stop. Everything is owned
// here; nothing is global.
#pragma once

#include <memory>

#include "control/operator_options.h"

namespace plumb {

class Operator {
 public:
  // Connects, discovers, starts watches and workers; with an election only the probes, and the
  // rest when it is won. Errors: unreachable cluster, missing CRDs, port in use.
  [[nodiscard]] static Result<std::unique_ptr<Operator>> start(OperatorOptions options);
  ~Operator();  // stops

  [[nodiscard]] int port() const;
  [[nodiscard]] int webhook_port() const;
  [[nodiscard]] uint64_t turns() const;  // of Apps, until now
  // No turn came for a while: gives back the memory that a burst of them needed.
  void rest();
  // Finishes the requests in flight and ends all threads, within shutdown_within.
  void stop();

 private:
  class Process;
  explicit Operator(std::unique_ptr<Process> process);
  std::unique_ptr<Process> process_;
};

}  // namespace plumb
