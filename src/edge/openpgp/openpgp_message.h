// What plumb-openpgp is asked, and how it answers, as bytes: fields with their length in front
// (4 bytes, big-endian). The answer is read as strictly as anything hostile: the program that wrote
// it parses hostile bytes. Values; pure; thread safe. Errors: kOpenPgpFailed.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/openpgp.h"

namespace plumb {

// The answer of plumb-openpgp makes no sense, or it could not read the certificates.
inline constexpr ErrorCode kOpenPgpFailed{424, "OpenPgpFailed"};

inline constexpr uint64_t kMaxOpenPgpQuestion = 64ull << 20;
inline constexpr uint64_t kMaxOpenPgpAnswer = 64ull << 10;

// Replaces the certificates that signatures are held against.
struct OpenPgpCertificates {
  std::vector<std::string> certificates;
};
struct OpenPgpQuestion {
  std::string payload;
  std::string signature;
};
using OpenPgpRequest = std::variant<OpenPgpCertificates, OpenPgpQuestion>;

[[nodiscard]] std::string encode_openpgp_request(const OpenPgpRequest& request);
[[nodiscard]] Result<OpenPgpRequest> decode_openpgp_request(std::string_view bytes);

// To certificates the answer is empty findings, or the error.
[[nodiscard]] std::string encode_openpgp_answer(const Result<OpenPgpFindings>& answer);
[[nodiscard]] Result<OpenPgpFindings> decode_openpgp_answer(std::string_view bytes);

}  // namespace plumb
