// Budget: named limits that every parser and interpreter spends from. When one is used up, work
// stops with an error that names the limit and its value (kBudgetExceeded): hostile input costs
// bounded memory and time. Not thread safe; one Budget belongs to one parse or one render.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace plumb {

// Defaults from research of the field; each can be raised by configuration.
struct Limits {
  uint64_t file_bytes = 8ull << 20;     // one file
  uint64_t total_bytes = 64ull << 20;   // all files read for one app
  uint64_t files = 20'000;              // files visited for one app
  uint64_t repositories = 32;           // commits of other repositories that one app is built upon
  uint64_t depth = 64;                  // nesting of one document
  uint64_t nodes = 2'000'000;           // values parsed for one app
  uint64_t alias_nodes = 1'000'000;     // values made by expanding YAML aliases
  uint64_t objects = 10'000;            // rendered objects of one app
  uint64_t object_bytes = 3ull << 19;   // one rendered object (1.5 MiB: etcd's request limit)
  uint64_t steps = 50'000'000;          // interpreter steps
  uint64_t output_bytes = 64ull << 20;  // text produced by a renderer
};

class Budget {
 public:
  explicit Budget(Limits limits = {}) : limits_(limits) {}

  [[nodiscard]] const Limits& limits() const { return limits_; }

  // A size against a limit that is not summed up.
  [[nodiscard]] Result<void> check_file_bytes(uint64_t bytes) const {
    return check("file size", bytes, limits_.file_bytes);
  }
  [[nodiscard]] Result<void> check_depth(uint64_t depth) const {
    return check("nesting depth", depth, limits_.depth);
  }
  // Sums.
  [[nodiscard]] Result<void> spend_total_bytes(uint64_t n) {
    return check("bytes read for one app", total_bytes_ += n, limits_.total_bytes);
  }
  [[nodiscard]] Result<void> spend_files(uint64_t n = 1) {
    return check("files of one app", files_ += n, limits_.files);
  }
  [[nodiscard]] Result<void> spend_repositories(uint64_t n = 1) {
    return check("other repositories of one app", repositories_ += n, limits_.repositories);
  }
  [[nodiscard]] Result<void> spend_nodes(uint64_t n = 1) {
    return check("values of one app", nodes_ += n, limits_.nodes);
  }
  [[nodiscard]] Result<void> spend_alias_nodes(uint64_t n = 1) {
    return check("values expanded from YAML aliases", alias_nodes_ += n, limits_.alias_nodes);
  }
  [[nodiscard]] Result<void> spend_objects(uint64_t n = 1) {
    return check("objects of one app", objects_ += n, limits_.objects);
  }
  [[nodiscard]] Result<void> spend_steps(uint64_t n = 1) {
    return check("interpreter steps", steps_ += n, limits_.steps);
  }
  [[nodiscard]] Result<void> spend_output_bytes(uint64_t n) {
    return check("rendered text", output_bytes_ += n, limits_.output_bytes);
  }

 private:
  [[nodiscard]] static Result<void> check(const char* what, uint64_t used, uint64_t limit) {
    if (used <= limit) [[likely]]
      return {};
    return Error(kBudgetExceeded,
                 std::string(what) + " exceeds the limit of " + std::to_string(limit));
  }

  Limits limits_;
  uint64_t total_bytes_ = 0;
  uint64_t files_ = 0;
  uint64_t repositories_ = 0;
  uint64_t nodes_ = 0;
  uint64_t alias_nodes_ = 0;
  uint64_t objects_ = 0;
  uint64_t steps_ = 0;
  uint64_t output_bytes_ = 0;
};

}  // namespace plumb
