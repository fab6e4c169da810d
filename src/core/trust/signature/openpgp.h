// Judges OpenPGP signatures by what an OpenPgpVerifier found. Internal to this folder.
#pragma once

#include <string_view>

#include "core/trust/signature/verify.h"

namespace plumb::trust {

[[nodiscard]] Result<VerifiedSignature> verify_openpgp(std::string_view payload,
                                                       std::string_view armor, const KeySet& keys,
                                                       const VerifyOptions& options);

}  // namespace plumb::trust
