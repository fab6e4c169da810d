// Any text as the kubeconfig of a Secret: reading ends, and what it accepts names no file and
// checks certificates.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "edge/cluster/kubeconfig.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const Result<ClusterAccess> access =
      read_inline_kubeconfig({reinterpret_cast<const char*>(data), size});
  if (!access.has_value()) {
    (void)access.error().render();
    return 0;
  }
  CHECK(access->server.starts_with("https://"));
  CHECK(access->token_file.empty() && access->tls.ca_file.empty());
  CHECK(!access->tls.insecure_skip_verify && access->username.empty());
  CHECK(access->bearer_token.find_first_of("\r\n") == std::string::npos);
  return 0;
}
