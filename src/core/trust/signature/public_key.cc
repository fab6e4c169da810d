#include "core/trust/signature/public_key.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/trust/signature/public_key_parts.h"
#include "core/trust/signature/ssh_wire.h"

namespace plumb::trust {
namespace {

constexpr size_t kMaxLine = 16384;
constexpr int kMaxRsaBits = 16384;  // as OpenSSH

struct AlgorithmName {
  KeyAlgorithm algorithm;
  std::string_view name;
};
constexpr std::array<AlgorithmName, 7> kNames = {{
    {KeyAlgorithm::ed25519, "ssh-ed25519"},
    {KeyAlgorithm::ecdsa_p256, "ecdsa-sha2-nistp256"},
    {KeyAlgorithm::ecdsa_p384, "ecdsa-sha2-nistp384"},
    {KeyAlgorithm::ecdsa_p521, "ecdsa-sha2-nistp521"},
    {KeyAlgorithm::rsa, "ssh-rsa"},
    {KeyAlgorithm::sk_ed25519, "sk-ssh-ed25519@openssh.com"},
    {KeyAlgorithm::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com"},
}};

Error bad(const std::string& what) {
  return Error(kBadPublicKey, "public key: " + what, Retry::denied);
}

std::string shown(std::string_view text) {
  return "\"" + escape_terminal(shorten(text, 60)) + "\"";
}

Result<KeyAlgorithm> algorithm_named(std::string_view name) {
  for (const AlgorithmName& known : kNames) {
    if (known.name == name) return known.algorithm;
  }
  if (name.find("-cert-") != std::string_view::npos) {
    return Error(kUnsupportedSignature,
                 "public key: " + shown(name) + " is a certificate; only plain keys are accepted",
                 Retry::denied)
        .with_help("name the key itself in the policy, and sign with it");
  }
  if (name == "ssh-dss") {
    return Error(kUnsupportedSignature, "public key: DSA (ssh-dss) is not accepted", Retry::denied);
  }
  return bad("type " + shown(name) + " is not known");
}

int bits_of(std::string_view digits) {
  if (digits.empty()) return 0;
  int top = 0;
  for (auto first = static_cast<uint8_t>(digits[0]); first != 0; first >>= 1) ++top;
  return static_cast<int>(digits.size() - 1) * 8 + top;
}

bool is_odd(std::string_view digits) {
  return !digits.empty() && (static_cast<uint8_t>(digits.back()) & 1) != 0;
}

Result<int> check_rsa(const KeyParts& parts, const KeyRules& rules) {
  const int bits = bits_of(parts.modulus);
  // An exponent of 1 would make every signature valid; 65537 is what all programs write.
  if (bits_of(parts.exponent) < 17 || bits_of(parts.exponent) > 64 || !is_odd(parts.exponent)) {
    return bad("RSA exponent is not an odd number from 65537 to 2^64");
  }
  if (bits > kMaxRsaBits || !is_odd(parts.modulus)) return bad("RSA modulus cannot be used");
  if (bits < rules.min_rsa_bits) {
    return Error(kWeakSignature,
                 "RSA key of " + std::to_string(bits) + " bits; at least " +
                     std::to_string(rules.min_rsa_bits) + " are demanded",
                 Retry::denied);
  }
  return bits;
}

std::string ssh_fingerprint(std::string_view blob) {
  const Digest digest = sha256(blob);
  std::string text =
      base64_encode({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

// The next word of `rest`, and the blanks after it.
std::string_view take_word(std::string_view& rest) {
  const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest = trim(rest.substr(end));
  return word;
}

}  // namespace

std::string_view name_of(KeyAlgorithm algorithm) {
  for (const AlgorithmName& known : kNames) {
    if (known.algorithm == algorithm) return known.name;
  }
  return "unknown";
}

bool is_hardware_key(KeyAlgorithm algorithm) {
  return algorithm == KeyAlgorithm::sk_ed25519 || algorithm == KeyAlgorithm::sk_ecdsa_p256;
}

std::string_view curve_of(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::ecdsa_p256:
    case KeyAlgorithm::sk_ecdsa_p256:
      return "nistp256";
    case KeyAlgorithm::ecdsa_p384:
      return "nistp384";
    case KeyAlgorithm::ecdsa_p521:
      return "nistp521";
    case KeyAlgorithm::ed25519:
    case KeyAlgorithm::sk_ed25519:
    case KeyAlgorithm::rsa:
      break;
  }
  return "";
}

Result<KeyParts> split_key_blob(std::string_view blob) {
  SshReader reader(blob);
  const std::string_view type = reader.string();
  if (reader.failed()) return bad("it is cut short");
  KeyParts parts;
  parts.algorithm = TRY(algorithm_named(type));
  const std::string_view curve = curve_of(parts.algorithm);
  if (parts.algorithm == KeyAlgorithm::rsa) {
    parts.exponent = reader.positive();
    parts.modulus = reader.positive();
  } else {
    if (!curve.empty() && reader.string() != curve)
      return bad("its curve is not " + std::string(curve));
    parts.point = reader.string();
    if (is_hardware_key(parts.algorithm)) parts.application = reader.string();
  }
  if (!reader.complete()) return bad("it is cut short, too long or has a number in an odd form");
  return parts;
}

Result<SshPublicKey> parse_ssh_key_blob(std::string_view blob, const KeyRules& rules) {
  if (blob.size() > kMaxLine) return bad("it is longer than any key");
  const KeyParts parts = TRY(split_key_blob(blob));
  SshPublicKey key;
  key.algorithm = parts.algorithm;
  if (parts.algorithm == KeyAlgorithm::rsa) key.rsa_bits = TRY(check_rsa(parts, rules));
  TRY(check_usable(parts));
  key.blob = blob;
  key.application = parts.application;
  key.fingerprint = KeyFingerprint(ssh_fingerprint(blob));
  return key;
}

Result<SshPublicKey> parse_ssh_public_key(std::string_view line, const KeyRules& rules) {
  if (line.size() > kMaxLine) return bad("the line is longer than any key");
  std::string_view rest = trim(line);
  if (rest.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return bad("it is more than one line");
  }
  const std::string_view type = take_word(rest);
  if (type.empty()) return bad("it is empty");
  const Result<KeyAlgorithm> algorithm = algorithm_named(type);
  if (!algorithm) {
    const bool options =
        type.find_first_of("=,\"") != std::string_view::npos || type == "cert-authority";
    if (options) return bad("options in front of the key are not supported: " + shown(type));
    return algorithm.error().with_help("a key is written as in a .pub file: ssh-ed25519 AAAA…");
  }
  const std::optional<std::string> blob = base64_decode(take_word(rest));
  if (!blob || base64_encode(*blob).empty()) return bad("what follows the type is not base64");
  SshPublicKey key = TRY(parse_ssh_key_blob(*blob, rules));
  if (key.algorithm != *algorithm) {
    return bad("the line says " + shown(type) + ", the key " + shown(name_of(key.algorithm)));
  }
  key.comment = rest;
  return key;
}

Result<KeyFingerprint> parse_openpgp_fingerprint(std::string_view text) {
  constexpr std::string_view kPrefix = "openpgp:";
  std::string_view rest = trim(text);
  if (rest.starts_with(kPrefix)) rest.remove_prefix(kPrefix.size());
  std::string digits;
  for (const char c : rest) {
    if (c == ' ') continue;
    const char upper = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    if (!((upper >= '0' && upper <= '9') || (upper >= 'A' && upper <= 'F'))) {
      return bad("OpenPGP fingerprint " + shown(text) + " is not hexadecimal");
    }
    digits += upper;
  }
  if (digits.size() == 40) return KeyFingerprint("openpgp:" + digits);
  if (digits.size() == 8 || digits.size() == 16) {
    return bad("OpenPGP id " + shown(text) + " is short: others can make a key that has it too")
        .with_help("give the full fingerprint, 40 digits: gpg --list-keys --with-fingerprint");
  }
  return bad("OpenPGP fingerprint " + shown(text) + " has " + std::to_string(digits.size()) +
             " digits, not 40");
}

KeySet::KeySet(std::vector<SshPublicKey> ssh, std::vector<OpenPgpKey> openpgp)
    : ssh_(std::move(ssh)), openpgp_(std::move(openpgp)) {
  std::sort(ssh_.begin(), ssh_.end(),
            [](const SshPublicKey& a, const SshPublicKey& b) { return a.blob < b.blob; });
  ssh_.erase(std::unique(ssh_.begin(), ssh_.end()), ssh_.end());
  const auto parts = [](const OpenPgpKey& key) {
    return std::tie(key.fingerprint, key.certificate);
  };
  std::sort(openpgp_.begin(), openpgp_.end(),
            [&](const OpenPgpKey& a, const OpenPgpKey& b) { return parts(a) < parts(b); });
  Sha256 hash;
  for (const SshPublicKey& key : ssh_) hash.field(key.blob);
  hash.field("openpgp");
  for (const OpenPgpKey& key : openpgp_) {
    hash.field(key.fingerprint.str());
    hash.field(key.certificate);
  }
  digest_ = hash.finish();
}

const SshPublicKey* KeySet::find_ssh(std::string_view blob) const {
  const auto found = std::lower_bound(
      ssh_.begin(), ssh_.end(), blob,
      [](const SshPublicKey& key, std::string_view wanted) { return key.blob < wanted; });
  return found != ssh_.end() && found->blob == blob ? &*found : nullptr;
}

}  // namespace plumb::trust
