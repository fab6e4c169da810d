#include "edge/openpgp/openpgp_message.h"

#include <algorithm>

#include "base/overloaded.h"
#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kMaxText = 200;
constexpr uint64_t kLastSecond = 253402300799;  // the end of the year 9999

class Writer {
 public:
  void text(std::string_view bytes) {
    number(bytes.size());
    out_ += bytes;
  }
  void number(uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift & 0xff);
  }
  void flag(bool value) { number(value ? 1 : 0); }
  void time(WallTime value) {
    number(static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(value.time_since_epoch()).count()));
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  uint64_t number() {
    uint64_t out = 0;
    for (const char c : bytes(8)) out = out << 8 | static_cast<uint8_t>(c);
    return out;
  }
  std::string text() { return std::string(bytes(number())); }
  bool flag() {
    const uint64_t value = number();
    if (value > 1) failed_ = true;
    return value == 1;
  }
  WallTime time() {
    const uint64_t seconds = number();
    if (seconds > kLastSecond) failed_ = true;
    return failed_ ? WallTime{} : WallTime(std::chrono::seconds(seconds));
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view bytes(uint64_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  std::string_view rest_;
  bool failed_ = false;
};

Error bad_answer(const std::string& what) {
  return Error(kOpenPgpFailed, "plumb-openpgp: " + what);
}

bool is_fingerprint(const std::string& text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
         });
}

bool is_word(const std::string& text) {
  return text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
         });
}

OpenPgpFindings read_findings(Reader& reader) {
  OpenPgpFindings out;
  out.matches = reader.flag();
  out.fingerprint = reader.text();
  out.primary_fingerprint = reader.text();
  out.may_sign = reader.flag();
  out.revoked = reader.flag();
  out.algorithm = reader.text();
  out.bits = static_cast<int>(std::min<uint64_t>(reader.number(), 1 << 20));
  out.hash = reader.text();
  out.signed_at = reader.time();
  out.key_created = reader.time();
  if (reader.flag()) out.key_expires = reader.time();
  return out;
}

}  // namespace

std::string encode_openpgp_request(const OpenPgpRequest& request) {
  Writer writer;
  std::visit(overloaded{[&](const OpenPgpCertificates& given) {
                          writer.flag(false);
                          writer.number(given.certificates.size());
                          for (const std::string& text : given.certificates) writer.text(text);
                        },
                        [&](const OpenPgpQuestion& question) {
                          writer.flag(true);
                          writer.text(question.payload);
                          writer.text(question.signature);
                        }},
             request);
  return writer.take();
}

Result<OpenPgpRequest> decode_openpgp_request(std::string_view bytes) {
  Reader reader(bytes);
  OpenPgpRequest out;
  if (reader.flag()) {
    OpenPgpQuestion question;
    question.payload = reader.text();
    question.signature = reader.text();
    out = std::move(question);
  } else {
    OpenPgpCertificates given;
    for (uint64_t left = reader.number(); left > 0 && !reader.failed(); --left) {
      given.certificates.push_back(reader.text());
    }
    out = std::move(given);
  }
  if (!reader.complete()) return bad_answer("it was asked in a wrong form");
  return out;
}

std::string encode_openpgp_answer(const Result<OpenPgpFindings>& answer) {
  Writer writer;
  writer.flag(answer.has_value());
  if (!answer) {
    writer.text(shorten(answer.error().message(), kMaxText));
    return writer.take();
  }
  writer.flag(answer->matches);
  writer.text(answer->fingerprint);
  writer.text(answer->primary_fingerprint);
  writer.flag(answer->may_sign);
  writer.flag(answer->revoked);
  writer.text(answer->algorithm);
  writer.number(static_cast<uint64_t>(answer->bits));
  writer.text(answer->hash);
  writer.time(answer->signed_at);
  writer.time(answer->key_created);
  writer.flag(answer->key_expires.has_value());
  if (answer->key_expires) writer.time(*answer->key_expires);
  return writer.take();
}

Result<OpenPgpFindings> decode_openpgp_answer(std::string_view bytes) {
  Reader reader(bytes);
  if (!reader.flag()) {
    const std::string text = reader.text();
    return bad_answer(reader.complete() ? escape_terminal(shorten(text, kMaxText))
                                        : "it answered in a wrong form");
  }
  OpenPgpFindings out = read_findings(reader);
  const bool names_key = is_fingerprint(out.fingerprint) && is_fingerprint(out.primary_fingerprint);
  const bool names_none =
      out.fingerprint.empty() && out.primary_fingerprint.empty() && !out.matches;
  if (!reader.complete() || !(names_key || names_none) || !is_word(out.algorithm) ||
      !is_word(out.hash)) {
    return bad_answer("it answered in a wrong form");
  }
  return out;
}

}  // namespace plumb
