#include "core/trust/signature/armor.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/digest.h"

namespace plumb::trust {
namespace {

constexpr std::string_view kSshBegin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kSshEnd = "-----END SSH SIGNATURE-----";
constexpr std::string_view kPgpBegin = "-----BEGIN PGP SIGNATURE-----";
constexpr std::string_view kPgpEnd = "-----END PGP SIGNATURE-----";
constexpr size_t kMaxArmor = 32768;  // an RSA key of 16384 bits and its signature fit
constexpr size_t kMaxLine = 76;      // RFC 4880 and MIME; ssh-keygen writes 70, gpg 64
constexpr size_t kMaxHeaderLine = 200;

Error malformed(const char* what) {
  return Error(kMalformedSignature, std::string("signature: ") + what);
}

// The lines between the first and the last.
Result<std::vector<std::string_view>> inner_lines(std::string_view armor, std::string_view begin,
                                                  std::string_view end) {
  if (armor.size() > kMaxArmor) return malformed("it is longer than any signature");
  if (armor.find('\r') != std::string_view::npos) return malformed("a line ends with CR");
  if (armor.ends_with('\n')) armor.remove_suffix(1);
  std::vector<std::string_view> lines;
  while (true) {
    const size_t stop = std::min(armor.find('\n'), armor.size());
    lines.push_back(armor.substr(0, stop));
    if (stop == armor.size()) break;
    armor.remove_prefix(stop + 1);
  }
  if (lines.front() != begin) return malformed("text before its first line");
  const auto last = std::find(lines.begin(), lines.end(), end);
  if (last == lines.end()) return malformed("its last line is missing");
  if (last + 1 != lines.end()) return malformed("text after its last line");
  return std::vector<std::string_view>(lines.begin() + 1, last);
}

Result<std::string> decode_lines(const std::vector<std::string_view>& lines) {
  std::string text;
  for (const std::string_view line : lines) {
    if (line.empty() || line.size() > kMaxLine) return malformed("a line is empty or too long");
    if (!text.empty() && text.ends_with('=')) return malformed("text after the padding");
    text += line;
  }
  const std::optional<std::string> bytes = base64_decode(text);
  if (!bytes || bytes->empty()) return malformed("it is not base64");
  if (base64_encode(*bytes) != text) return malformed("its base64 has bits that nobody reads");
  return *bytes;
}

bool is_armor_header(std::string_view line) {
  const size_t colon = line.find(": ");
  return colon != std::string_view::npos && colon > 0 && line.size() <= kMaxHeaderLine &&
         std::all_of(line.begin(), line.begin() + static_cast<ptrdiff_t>(colon), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
         });
}

// RFC 4880, 6.1.
uint32_t crc24(std::string_view bytes) {
  uint32_t crc = 0xB704CE;
  for (const char c : bytes) {
    crc ^= static_cast<uint32_t>(static_cast<uint8_t>(c)) << 16;
    for (int i = 0; i < 8; ++i) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= 0x1864CFB;
    }
  }
  return crc & 0xFFFFFF;
}

Result<void> check_crc(std::string_view line, std::string_view bytes) {
  const std::optional<std::string> sum = base64_decode(line.substr(1));
  const uint32_t wanted = crc24(bytes);
  const std::string text{static_cast<char>(wanted >> 16), static_cast<char>(wanted >> 8 & 0xff),
                         static_cast<char>(wanted & 0xff)};
  if (!sum || *sum != text) return malformed("its checksum does not fit");
  return {};
}

}  // namespace

ArmorKind kind_of_armor(std::string_view armor) {
  if (armor.starts_with(kSshBegin)) return ArmorKind::ssh;
  if (armor.starts_with(kPgpBegin)) return ArmorKind::openpgp;
  return ArmorKind::other;
}

Result<std::string> decode_ssh_armor(std::string_view armor) {
  return decode_lines(TRY(inner_lines(armor, kSshBegin, kSshEnd)));
}

Result<std::string> decode_openpgp_armor(std::string_view armor) {
  std::vector<std::string_view> lines = TRY(inner_lines(armor, kPgpBegin, kPgpEnd));
  auto first = lines.begin();
  while (first != lines.end() && is_armor_header(*first)) ++first;
  if (first == lines.end() || !first->empty()) return malformed("no empty line before its data");
  ++first;
  std::string_view sum;
  if (first != lines.end() && lines.back().starts_with('=')) {
    sum = lines.back();
    lines.pop_back();
  }
  std::string bytes = TRY(decode_lines({first, lines.end()}));
  if (!sum.empty()) TRY(check_crc(sum, bytes));
  return bytes;
}

}  // namespace plumb::trust
