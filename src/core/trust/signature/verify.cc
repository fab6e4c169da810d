#include "core/trust/signature/verify.h"

#include "core/trust/signature/armor.h"
#include "core/trust/signature/openpgp.h"
#include "core/trust/signature/sshsig.h"

namespace plumb::trust {

Result<VerifiedSignature> verify_signature(std::string_view payload, std::string_view armor,
                                           const KeySet& keys, const VerifyOptions& options) {
  switch (kind_of_armor(armor)) {
    case ArmorKind::ssh:
      return verify_sshsig(payload, armor, keys, options);
    case ArmorKind::openpgp:
      return verify_openpgp(payload, armor, keys, options);
    case ArmorKind::other:
      break;
  }
  return Error(kUnsupportedSignature, "the signature is neither of SSH nor of OpenPGP")
      .with_help("sign with gpg.format ssh or openpgp");
}

Result<VerifiedSignature> verify_commit(const CommitObject& commit, const KeySet& keys,
                                        const VerifyOptions& options) {
  if (!commit.signature) {
    return Error(kUnsigned, "the commit is not signed")
        .with_help("sign with git commit -S; see commit.gpgSign");
  }
  return verify_signature(commit.payload, *commit.signature, keys, options);
}

Result<VerifiedSignature> verify_tag(const TagObject& tag, const KeySet& keys,
                                     const VerifyOptions& options) {
  if (!tag.signature) {
    return Error(kUnsigned, "the tag is not signed").with_help("sign with git tag -s");
  }
  return verify_signature(tag.payload, *tag.signature, keys, options);
}

Digest digest_of(const KeySet& keys, const VerifyOptions& options) {
  Sha256 hash;
  hash.field({reinterpret_cast<const char*>(keys.digest().bytes.data()), 32});
  hash.field(options.signature_namespace);
  hash.field(std::to_string(options.keys.min_rsa_bits));
  hash.field(std::to_string(options.keys.min_openpgp_rsa_bits));
  hash.field(options.require_user_presence ? "presence" : "");
  hash.field(options.require_user_verification ? "verification" : "");
  return hash.finish();
}

}  // namespace plumb::trust
