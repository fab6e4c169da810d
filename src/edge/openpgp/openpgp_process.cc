#include "edge/openpgp/openpgp_process.h"

#include <unistd.h>

#include <array>

namespace plumb {

Result<OpenPgpFindings> OpenPgpProcess::ask(const OpenPgpRequest& request) {
  const std::string question = encode_openpgp_request(request);
  if (question.size() > kMaxOpenPgpQuestion) {
    return Error(kOpenPgpFailed, "a signed object or certificate is too large");
  }
  const Result<std::string> answer =
      child_->exchange(question, Deadline::in(patience_), kMaxOpenPgpAnswer);
  if (!answer) {
    child_.reset();
    return Error(kOpenPgpFailed, answer.error().message(), Retry::transient)
        .with_help("nothing was decided; if it happens again, the signature breaks the parser");
  }
  return decode_openpgp_answer(*answer);
}

Result<void> OpenPgpProcess::prepare(const std::vector<std::string>& certificates) {
  if (child_ && loaded_ == certificates) return {};
  if (!child_) {
    Result<ChildConversation> started = ChildConversation::start(program_, {});
    if (!started) {
      return Error(kOpenPgpFailed, started.error().message(), Retry::transient)
          .with_help("plumb-openpgp is to stand beside the program that needs it");
    }
    child_.emplace(*std::move(started));
  }
  loaded_.clear();
  const Result<OpenPgpFindings> answer = ask(OpenPgpCertificates{certificates});
  if (!answer) {
    child_.reset();
    return answer.error();
  }
  loaded_ = certificates;
  return {};
}

Result<OpenPgpFindings> OpenPgpProcess::examine(std::string_view payload,
                                                std::string_view signature,
                                                const std::vector<std::string>& certificates) {
  TRY(prepare(certificates));
  return ask(OpenPgpQuestion{std::string(payload), std::string(signature)});
}

std::string openpgp_program_beside_this() {
  std::array<char, 4096> buffer{};
  const ssize_t size = readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0 || size == static_cast<ssize_t>(buffer.size())) return "plumb-openpgp";
  const std::string own(buffer.data(), static_cast<size_t>(size));
  return own.substr(0, own.rfind('/') + 1) + "plumb-openpgp";
}

}  // namespace plumb
