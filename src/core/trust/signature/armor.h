// The text forms of signatures, in one strict spelling each: LF line ends, no blanks, base64 whose
// unused bits are zero, nothing before the first line, at most one LF after the last. Others that
// ssh-keygen and gpg would also read are kMalformedSignature. Pure; thread safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/trust/signature/signature_errors.h"

namespace plumb::trust {

enum class ArmorKind { ssh, openpgp, other };

[[nodiscard]] ArmorKind kind_of_armor(std::string_view armor);

// The bytes between BEGIN and END SSH SIGNATURE.
[[nodiscard]] Result<std::string> decode_ssh_armor(std::string_view armor);
// The bytes of a PGP SIGNATURE (RFC 4880, 6.2): header lines "Key: value" are allowed, the CRC is
// checked where there is one.
[[nodiscard]] Result<std::string> decode_openpgp_armor(std::string_view armor);

}  // namespace plumb::trust
