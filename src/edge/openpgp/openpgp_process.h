// OpenPgpProcess: an OpenPgpVerifier that asks the program plumb-openpgp (cmd/openpgp), which alone
// links librnp. It is started at the first question, gives up all rights before it reads a byte,
// and answers until its owner goes. One that dies or hangs is killed, and the question is an error
// (kOpenPgpFailed): a commit is never accepted because of it, and the next question starts another.
//
// A process that a hostile signature took over could lie about the questions that follow, so one
// object serves one walk over one repository's commits, whose author could push them as well.
// One thread at a time; examine blocks up to `patience`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "edge/openpgp/openpgp_message.h"
#include "edge/os/child_conversation.h"
#include "model/openpgp.h"

namespace plumb {

class OpenPgpProcess final : public OpenPgpVerifier {
 public:
  // `program`: absolute path of plumb-openpgp.
  explicit OpenPgpProcess(std::string program, Duration patience = std::chrono::seconds(10))
      : program_(std::move(program)), patience_(patience) {}

  [[nodiscard]] Result<OpenPgpFindings> examine(
      std::string_view payload, std::string_view signature,
      const std::vector<std::string>& certificates) override;

 private:
  [[nodiscard]] Result<OpenPgpFindings> ask(const OpenPgpRequest& request);
  [[nodiscard]] Result<void> prepare(const std::vector<std::string>& certificates);

  std::string program_;
  Duration patience_;
  std::optional<ChildConversation> child_;
  std::vector<std::string> loaded_;  // the certificates that the child has
};

// plumb-openpgp beside the running program, where packages and images put it.
[[nodiscard]] std::string openpgp_program_beside_this();

}  // namespace plumb
