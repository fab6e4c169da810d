#include "cmd/openpgp/examine.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "edge/openpgp/openpgp_message.h"

namespace plumb {
namespace {

template <class T, auto Free>
class Owned {
 public:
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { reset(); }
  void reset() {
    if (held_) Free(std::exchange(held_, nullptr));
  }
  [[nodiscard]] T get() const { return held_; }
  [[nodiscard]] T* out() {
    reset();
    return &held_;
  }

 private:
  T held_ = nullptr;
};

using Ffi = Owned<rnp_ffi_t, rnp_ffi_destroy>;
using Input = Owned<rnp_input_t, rnp_input_destroy>;
using Operation = Owned<rnp_op_verify_t, rnp_op_verify_destroy>;
using Key = Owned<rnp_key_handle_t, rnp_key_handle_destroy>;
using Text = Owned<char*, rnp_buffer_destroy>;

Error failed(const std::string& what) {
  return Error(kOpenPgpFailed, what);
}

Result<void> open(std::string_view bytes, Input& input) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (rnp_input_from_memory(input.out(), data, bytes.size(), false) != RNP_SUCCESS) {
    return failed("cannot read from memory");
  }
  return {};
}

std::string text_of(const Text& text) {
  return text.get() ? text.get() : "";
}

WallTime time_of(uint64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

// Half of a key's state: the primary and the sub-key each have one.
struct Validity {
  bool valid = false;
  bool revoked = true;
  uint32_t created = 0;
  std::optional<uint64_t> expires;
};

Result<Validity> validity_of(rnp_key_handle_t key) {
  Validity out;
  uint32_t lasts = 0;
  if (rnp_key_is_valid(key, &out.valid) != RNP_SUCCESS ||
      rnp_key_is_revoked(key, &out.revoked) != RNP_SUCCESS ||
      rnp_key_get_creation(key, &out.created) != RNP_SUCCESS ||
      rnp_key_get_expiration(key, &lasts) != RNP_SUCCESS) {
    return failed("cannot tell the state of a key");
  }
  if (lasts != 0) out.expires = uint64_t{out.created} + lasts;
  return out;
}

Result<void> describe_key(rnp_ffi_t ffi, rnp_key_handle_t key, OpenPgpFindings& found) {
  Text fingerprint, primary_fingerprint, algorithm;
  bool is_primary = false, may_sign = false;
  uint32_t bits = 0;
  if (rnp_key_get_fprint(key, fingerprint.out()) != RNP_SUCCESS ||
      rnp_key_is_primary(key, &is_primary) != RNP_SUCCESS ||
      rnp_key_get_alg(key, algorithm.out()) != RNP_SUCCESS ||
      rnp_key_get_bits(key, &bits) != RNP_SUCCESS ||
      rnp_key_allows_usage(key, "sign", &may_sign) != RNP_SUCCESS) {
    return failed("cannot describe a key");
  }
  Validity own = TRY(validity_of(key));
  Validity primary = own;
  found.primary_fingerprint = text_of(fingerprint);
  if (!is_primary) {
    Key handle;
    if (rnp_key_get_primary_fprint(key, primary_fingerprint.out()) != RNP_SUCCESS ||
        rnp_locate_key(ffi, "fingerprint", primary_fingerprint.get(), handle.out()) !=
            RNP_SUCCESS ||
        !handle.get()) {
      return failed("a sub-key has no primary key");
    }
    primary = TRY(validity_of(handle.get()));
    found.primary_fingerprint = text_of(primary_fingerprint);
  }
  found.fingerprint = text_of(fingerprint);
  found.algorithm = text_of(algorithm);
  found.bits = static_cast<int>(bits);
  found.revoked = own.revoked || primary.revoked;
  found.may_sign = may_sign && own.valid && primary.valid;
  found.key_created = time_of(std::max(own.created, primary.created));
  const uint64_t never = UINT64_MAX;
  const uint64_t expires = std::min(own.expires.value_or(never), primary.expires.value_or(never));
  if (expires != never) found.key_expires = time_of(expires);
  return {};
}

}  // namespace

struct RnpExaminer::State {
  Ffi ffi;
};

RnpExaminer::RnpExaminer() : state_(std::make_unique<State>()) {}
RnpExaminer::~RnpExaminer() = default;

Result<void> RnpExaminer::load(const std::vector<std::string>& certificates) {
  if (rnp_ffi_create(state_->ffi.out(), "GPG", "GPG") != RNP_SUCCESS) {
    return failed("librnp cannot be started");
  }
  int number = 0;
  for (const std::string& certificate : certificates) {
    ++number;
    Input input;
    TRY(open(certificate, input));
    Text results;
    // Permissive: a certificate may carry signatures of strangers that librnp does not know; its
    // own are judged all the same.
    const auto status =
        rnp_import_keys(state_->ffi.get(), input.get(),
                        RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, results.out());
    if (status != RNP_SUCCESS || text_of(results).find("fingerprint") == std::string::npos) {
      return failed("certificate " + std::to_string(number) +
                    " of the policy holds no OpenPGP key that can be read");
    }
  }
  return {};
}

Result<OpenPgpFindings> RnpExaminer::examine(std::string_view payload, std::string_view signature) {
  if (!state_->ffi.get()) return failed("no certificates were given");
  Input data, detached;
  TRY(open(payload, data));
  TRY(open(signature, detached));
  Operation operation;
  if (rnp_op_verify_detached_create(operation.out(), state_->ffi.get(), data.get(),
                                    detached.get()) != RNP_SUCCESS) {
    return failed("cannot begin to verify");
  }
  const auto executed = rnp_op_verify_execute(operation.get());
  OpenPgpFindings found;
  size_t count = 0;
  rnp_op_verify_signature_t first = nullptr;
  if (rnp_op_verify_get_signature_count(operation.get(), &count) != RNP_SUCCESS || count != 1 ||
      rnp_op_verify_get_signature_at(operation.get(), 0, &first) != RNP_SUCCESS) {
    return failed("the signature cannot be read");
  }
  Text hash;
  uint32_t created = 0, expires = 0;
  if (rnp_op_verify_signature_get_hash(first, hash.out()) != RNP_SUCCESS ||
      rnp_op_verify_signature_get_times(first, &created, &expires) != RNP_SUCCESS) {
    return failed("the signature cannot be read");
  }
  found.hash = text_of(hash);
  found.signed_at = time_of(created);
  Key key;
  if (rnp_op_verify_signature_get_key(first, key.out()) != RNP_SUCCESS || !key.get()) {
    return found;
  }
  TRY(describe_key(state_->ffi.get(), key.get(), found));
  found.matches = executed == RNP_SUCCESS && expires == 0 &&
                  rnp_op_verify_signature_get_status(first) == RNP_SUCCESS;
  return found;
}

}  // namespace plumb
