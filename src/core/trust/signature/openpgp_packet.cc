#include "core/trust/signature/openpgp_packet.h"

#include <array>

#include "core/trust/signature/ssh_wire.h"

namespace plumb::trust {
namespace {

constexpr size_t kMaxPacket = 8192;  // an RSA key of 16384 bits has 2 KiB
constexpr uint8_t kSignatureTag = 2;
constexpr uint8_t kCritical = 0x80;
constexpr uint8_t kVersion = 4;
constexpr uint8_t kOfBinaryData = 0x00;

// RFC 4880, 5.2.3.1, and issuer fingerprint of RFC 9580.
using Subpacket = uint8_t;
constexpr uint8_t kCreated = 2;
constexpr uint8_t kExpires = 3;
constexpr uint8_t kIssuer = 16;
constexpr uint8_t kNotation = 20;
constexpr uint8_t kPolicyUri = 26;
constexpr uint8_t kSignersUserId = 28;
constexpr uint8_t kIssuerFingerprint = 33;

Error malformed(const char* what) {
  return Error(kMalformedSignature, std::string("OpenPGP signature: ") + what);
}

Error unsupported(const std::string& what) {
  return Error(kUnsupportedSignature, "OpenPGP signature: " + what);
}

// RFC 4880's numbers have the same order of bytes as SSH's.
uint16_t number16(SshReader& reader) {
  const auto high = static_cast<uint16_t>(reader.byte() << 8);
  return static_cast<uint16_t>(high | reader.byte());
}

std::string upper_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

// The length of RFC 4880, 4.2.2 and 5.2.3.1; nothing for partial lengths.
std::optional<size_t> new_length(SshReader& reader) {
  const uint8_t first = reader.byte();
  if (first < 192) return first;
  if (first < 224) return (static_cast<size_t>(first) - 192) * 256 + reader.byte() + 192;
  if (first == 255) return reader.number();
  return {};
}

// The body of the one packet that there is.
Result<std::string_view> packet_body(std::string_view packet) {
  if (packet.size() > kMaxPacket) return malformed("it is longer than any signature");
  SshReader reader(packet);
  const uint8_t head = reader.byte();
  std::optional<size_t> length;
  if ((head & 0xC0) == 0xC0) {
    if ((head & 0x3F) != kSignatureTag) return malformed("it is not a signature packet");
    length = new_length(reader);
  } else if ((head & 0x80) != 0) {
    if ((head >> 2 & 0x0F) != kSignatureTag) return malformed("it is not a signature packet");
    const int form = head & 3;
    if (form == 0) length = reader.byte();
    if (form == 1) length = number16(reader);
    if (form == 2) length = reader.number();
  }
  if (!length) return malformed("its length is not given");
  const std::string_view body = reader.bytes(*length);
  if (reader.failed()) return malformed("it is cut short");
  if (!reader.complete()) return malformed("bytes after its end, or a second packet");
  return body;
}

Result<std::string> algorithm_of(uint8_t number) {
  switch (number) {
    case 1:
    case 3:
      return std::string("rsa");
    case 17:
      return Error(kWeakSignature, "OpenPGP signature: DSA is not accepted");
    case 19:
      return std::string("ecdsa");
    case 22:
      return std::string("eddsa");
    default:
      return unsupported("public-key algorithm " + std::to_string(number));
  }
}

Result<std::string> hash_of(uint8_t number) {
  switch (number) {
    case 1:
    case 2:
    case 3:
    case 11:
      return Error(kWeakSignature, "OpenPGP signature: its hash (number " + std::to_string(number) +
                                       ", MD5, SHA-1 or the like) is weak")
          .with_help("sign with --digest-algo SHA512");
    case 8:
      return std::string("SHA256");
    case 9:
      return std::string("SHA384");
    case 10:
      return std::string("SHA512");
    default:
      return unsupported("hash algorithm " + std::to_string(number));
  }
}

Result<void> take_issuer(Subpacket type, std::string_view data, OpenPgpSignature& out) {
  if (type == kIssuer) {
    if (data.size() != 8) return malformed("issuer id of a wrong length");
    const std::string id = upper_hex(data);
    if (!out.issuer_id.empty() && out.issuer_id != id) return malformed("two issuers");
    out.issuer_id = id;
    return {};
  }
  if (data.size() != 21 || data[0] != kVersion) {
    return unsupported("the issuer is not a key of version 4");
  }
  const std::string fingerprint = upper_hex(data.substr(1));
  if (!out.issuer_fingerprint.empty() && out.issuer_fingerprint != fingerprint) {
    return malformed("two issuers");
  }
  out.issuer_fingerprint = fingerprint;
  return {};
}

Result<void> take_subpacket(uint8_t head, std::string_view data, bool hashed,
                            OpenPgpSignature& out) {
  const auto type = static_cast<Subpacket>(head & ~kCritical);
  if (type == kIssuer || type == kIssuerFingerprint) return take_issuer(type, data, out);
  if (!hashed) return unsupported("unsigned subpacket " + std::to_string(type));
  SshReader reader(data);
  if (type == kCreated) {
    if (out.signed_at != WallTime{}) return malformed("two times of creation");
    out.signed_at = WallTime(std::chrono::seconds(reader.number()));
    if (!reader.complete() || out.signed_at == WallTime{}) return malformed("bad time of creation");
    return {};
  }
  if (type == kExpires) {
    if (data.size() == 4 && reader.number() == 0) return {};
    return unsupported("it expires; a verdict on history may not change with time");
  }
  // A notation that is critical would have to be understood.
  const bool harmless = type == kNotation || type == kPolicyUri || type == kSignersUserId;
  if (!harmless || ((head & kCritical) != 0 && type == kNotation)) {
    return unsupported("subpacket " + std::to_string(type));
  }
  return {};
}

Result<void> take_subpackets(std::string_view bytes, bool hashed, OpenPgpSignature& out) {
  SshReader reader(bytes);
  while (!reader.complete()) {
    const std::optional<size_t> length = new_length(reader);
    if (!length || *length == 0) return malformed("a subpacket without length");
    const uint8_t head = reader.byte();
    const std::string_view data = reader.bytes(*length - 1);
    if (reader.failed()) return malformed("a subpacket is cut short");
    TRY(take_subpacket(head, data, hashed, out));
  }
  return {};
}

}  // namespace

Result<OpenPgpSignature> parse_openpgp_signature(std::string_view packet) {
  SshReader reader(TRY(packet_body(packet)));
  const uint8_t version = reader.byte();
  if (version != kVersion) {
    return unsupported("version " + std::to_string(version) + "; only 4 can be verified");
  }
  if (reader.byte() != kOfBinaryData) return unsupported("it is not a signature of a document");
  const uint8_t algorithm = reader.byte();
  const uint8_t hash = reader.byte();
  const std::string_view hashed = reader.bytes(number16(reader));
  const std::string_view unhashed = reader.bytes(number16(reader));
  (void)reader.bytes(2);  // the first bytes of the hash
  if (reader.failed()) return malformed("it is cut short");
  OpenPgpSignature out;
  out.algorithm = TRY(algorithm_of(algorithm));
  out.hash = TRY(hash_of(hash));
  TRY(take_subpackets(hashed, true, out));
  TRY(take_subpackets(unhashed, false, out));
  if (out.signed_at == WallTime{}) return malformed("it does not say when it was made");
  if (out.issuer_id.empty() && out.issuer_fingerprint.empty()) {
    return malformed("it does not say who made it");
  }
  if (!out.issuer_id.empty() && !out.issuer_fingerprint.empty() &&
      !out.issuer_fingerprint.ends_with(out.issuer_id)) {
    return malformed("two issuers");
  }
  for (int numbers = out.algorithm == "rsa" ? 1 : 2; numbers > 0; --numbers) {
    (void)reader.bytes((number16(reader) + 7U) / 8U);
  }
  if (!reader.complete()) return malformed("its numbers are cut short or too long");
  return out;
}

}  // namespace plumb::trust
