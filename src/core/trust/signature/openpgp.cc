#include "core/trust/signature/openpgp.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "core/trust/signature/armor.h"
#include "core/trust/signature/openpgp_packet.h"

namespace plumb::trust {
namespace {

std::vector<std::string> certificates_of(const KeySet& keys) {
  std::vector<std::string> out;
  for (const OpenPgpKey& key : keys.openpgp()) out.push_back(key.certificate);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

// The key of the set that a signature by this key counts for: the one that names the sub-key, else
// the one that names its primary.
const OpenPgpKey* principal_of(const KeySet& keys, const OpenPgpFindings& found) {
  const OpenPgpKey* by_primary = nullptr;
  for (const OpenPgpKey& key : keys.openpgp()) {
    if (key.fingerprint.str() == "openpgp:" + found.fingerprint) return &key;
    if (key.fingerprint.str() == "openpgp:" + found.primary_fingerprint) by_primary = &key;
  }
  return by_primary;
}

Error unknown_key(const std::string& name) {
  return Error(kUnknownKey, "signed by OpenPGP key " + name + ", which the policy does not know",
               Retry::denied);
}

// The verifier must have looked at the packet that was read here.
Result<void> check_agreement(const OpenPgpSignature& signature, const OpenPgpFindings& found) {
  const bool same_issuer =
      (signature.issuer_fingerprint.empty() || signature.issuer_fingerprint == found.fingerprint) &&
      (signature.issuer_id.empty() || found.fingerprint.ends_with(signature.issuer_id));
  if (found.fingerprint.size() == 40 && same_issuer && signature.hash == found.hash &&
      signature.signed_at == found.signed_at) {
    return {};
  }
  return Error(kBadSignature, "OpenPGP signature: the key that fits is not the one it names");
}

Result<void> check_times(const OpenPgpFindings& found, const std::string& name,
                         const std::optional<WallTime>& now) {
  if (found.signed_at < found.key_created || (now && *now < found.key_created)) {
    return Error(kKeyExpired, name + " did not exist yet when it is said to have signed");
  }
  if (!found.key_expires) return {};
  const std::string when = " expired at " + format_rfc3339(*found.key_expires);
  if (found.signed_at >= *found.key_expires) {
    return Error(kKeyExpired, name + when + ", before the signature was made", Retry::denied);
  }
  if (!now || *now >= *found.key_expires) {
    return Error(kKeyExpired, name + when, Retry::denied)
        .with_help("extend the key and put its new certificate into the policy");
  }
  return {};
}

Result<void> check_key(const OpenPgpFindings& found, const std::string& name,
                       const VerifyOptions& options) {
  if (found.revoked) {
    return Error(kKeyRevoked, name + " is revoked", Retry::denied);
  }
  TRY(check_times(found, name, options.now));
  if (!found.may_sign) {
    return Error(kUnsupportedSignature, name + " is not a valid key for signing", Retry::denied);
  }
  if (found.algorithm == "RSA" && found.bits < options.keys.min_openpgp_rsa_bits) {
    return Error(kWeakSignature,
                 name + " is RSA of " + std::to_string(found.bits) + " bits; at least " +
                     std::to_string(options.keys.min_openpgp_rsa_bits) + " are demanded",
                 Retry::denied);
  }
  return {};
}

}  // namespace

Result<VerifiedSignature> verify_openpgp(std::string_view payload, std::string_view armor,
                                         const KeySet& keys, const VerifyOptions& options) {
  const std::string packet = TRY(decode_openpgp_armor(armor));
  const OpenPgpSignature signature = TRY(parse_openpgp_signature(packet));
  const std::string issuer =
      signature.issuer_fingerprint.empty() ? signature.issuer_id : signature.issuer_fingerprint;
  if (keys.openpgp().empty()) return unknown_key(issuer);
  if (!options.openpgp) {
    return Error(kOpenPgpUnavailable, "OpenPGP signatures cannot be verified here");
  }
  const OpenPgpFindings found =
      TRY(options.openpgp->examine(payload, packet, certificates_of(keys)));
  if (found.fingerprint.empty()) return unknown_key(issuer);
  TRY(check_agreement(signature, found));
  const OpenPgpKey* principal = principal_of(keys, found);
  if (!principal) return unknown_key(found.fingerprint);
  const std::string name = "OpenPGP key " + found.fingerprint;
  TRY(check_key(found, name, options));
  if (!found.matches) {
    return Error(kBadSignature, "the signature by " + name +
                                    " is not of this content: it was changed after signing");
  }
  return VerifiedSignature{.key = KeyFingerprint("openpgp:" + found.fingerprint),
                           .principal_key = principal->fingerprint,
                           .algorithm = "openpgp-" + signature.algorithm,
                           .hash = to_lower(signature.hash),
                           .signature_namespace = "",
                           .signed_at = found.signed_at,
                           .valid_until = found.key_expires};
}

}  // namespace plumb::trust
