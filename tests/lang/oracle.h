// The Go libraries as judge: questions are collected and put to tests/oracle in one run. Not thread
// safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumb::testing {

struct Answer {
  bool ok = false;
  std::string text;  // the result or the error message
};

class Oracle {
 public:
  // An operation of tests/oracle/main.go.
  void ask(std::string_view operation, std::string_view text);
  // One answer for each question, in order; empty where the oracle could not be run (the test has
  // failed then).
  [[nodiscard]] std::vector<Answer> answers() const;

 private:
  std::string questions_;
  size_t count_ = 0;
};

}  // namespace plumb::testing
