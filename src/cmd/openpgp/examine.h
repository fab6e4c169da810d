// RnpExaminer: an OpenPgpVerifier by librnp 0.16, in the calling process. plumb-openpgp alone uses
// it, after confine_process. One thread at a time. Errors: kOpenPgpFailed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/openpgp.h"

namespace plumb {

class RnpExaminer {
 public:
  RnpExaminer();
  ~RnpExaminer();
  RnpExaminer(const RnpExaminer&) = delete;
  RnpExaminer& operator=(const RnpExaminer&) = delete;

  // Replaces what was loaded before.
  [[nodiscard]] Result<void> load(const std::vector<std::string>& certificates);
  [[nodiscard]] Result<OpenPgpFindings> examine(std::string_view payload,
                                                std::string_view signature);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumb
