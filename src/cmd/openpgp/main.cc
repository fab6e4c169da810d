// plumb-openpgp: answers what is known of OpenPGP signatures. Started by plumb-operator and plumb
// (edge/openpgp), with a socket as standard input and output; of no use by hand. It has no
// configuration, no environment and, from its first byte of input on, no rights.
#include <cstdio>
#include <cstring>
#include <variant>

#include "base/overloaded.h"
#include "cmd/openpgp/examine.h"
#include "edge/openpgp/openpgp_message.h"
#include "edge/os/child_conversation.h"
#include "edge/os/confine.h"

namespace plumb {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

Result<OpenPgpFindings> answer(RnpExaminer& examiner, const std::string& bytes) {
  const OpenPgpRequest request = TRY(decode_openpgp_request(bytes));
  return std::visit(overloaded{[&](const OpenPgpCertificates& given) -> Result<OpenPgpFindings> {
                                 TRY(examiner.load(given.certificates));
                                 return OpenPgpFindings{};
                               },
                               [&](const OpenPgpQuestion& question) {
                                 return examiner.examine(question.payload, question.signature);
                               }},
                    request);
}

Result<void> serve() {
  RnpExaminer examiner;
  TRY(examiner.load({}));  // what libraries look up once, they look up while they may
  TRY(confine_process({.max_memory = kSanitized ? 0 : 512ull << 20}));
  while (true) {
    const std::optional<std::string> question = TRY(read_message(0, kMaxOpenPgpQuestion));
    if (!question) return {};
    TRY(write_message(1, encode_openpgp_answer(answer(examiner, *question))));
  }
}

}  // namespace
}  // namespace plumb

int main(int argc, char**) {
  if (argc > 1) {
    std::fputs("plumb-openpgp is started by plumb and plumb-operator\n", stderr);
    return 2;
  }
  const plumb::Result<void> served = plumb::serve();
  if (served) return 0;
  std::fprintf(stderr, "%s\n", served.error().render().c_str());
  return 1;
}
