// SSH signatures and public keys: armour, wire form, text form.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/trust/signature/armor.h"
#include "core/trust/signature/public_key.h"
#include "core/trust/signature/sshsig.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto armor = trust::decode_ssh_armor(text);
  if (armor.has_value()) (void)trust::parse_sshsig(*armor);
  const auto signature = trust::parse_sshsig(text);
  if (signature.has_value()) (void)trust::parse_ssh_key_blob(signature->key_blob);
  (void)trust::decode_openpgp_armor(text);
  const auto key = trust::parse_ssh_public_key(text);
  if (key.has_value()) {
    const auto again = trust::parse_ssh_key_blob(key->blob);
    CHECK(again.has_value() && again->fingerprint == key->fingerprint);
  }
  // No key is known, so nothing may be accepted.
  CHECK(!trust::verify_signature("payload", text, {}, {}).has_value());
  return 0;
}
