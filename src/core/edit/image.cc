#include "core/edit/image.h"

#include <algorithm>

#include "base/text.h"

namespace plumb::edit {
namespace {

constexpr size_t kMostTag = 128;
constexpr size_t kMostRepository = 255;
constexpr size_t kSha256Digits = 64;
constexpr size_t kSha512Digits = 128;
constexpr const char* kHelp =
    "write NAME=IMAGE:TAG, NAME=IMAGE@sha256:DIGEST, NAME=:TAG or NAME=@sha256:DIGEST";

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

Error bad(std::string_view text, const std::string& why) {
  return Error(kBadImage, "\"" + escape_terminal(shorten(text)) + "\" is no image: " + why)
      .with_help(kHelp);
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMostTag && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view algorithm = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const size_t wanted = algorithm == "sha256"   ? kSha256Digits
                        : algorithm == "sha512" ? kSha512Digits
                                                : 0;
  return wanted != 0 && digits.size() == wanted &&
         std::all_of(digits.begin(), digits.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// A part of a path: lower-case letters and digits, single separators between them.
bool is_path_part(std::string_view part) {
  const auto edge = [](char c) { return is_lower(c) || is_digit(c); };
  return !part.empty() && edge(part.front()) && edge(part.back()) &&
         std::all_of(part.begin(), part.end(),
                     [&](char c) { return edge(c) || c == '.' || c == '_' || c == '-'; });
}

// The first of several parts may be a host with a port.
bool is_host(std::string_view part) {
  const size_t colon = part.find(':');
  const std::string_view name = part.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "1" : part.substr(colon + 1);
  return !name.empty() && !port.empty() && std::all_of(port.begin(), port.end(), is_digit) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_repository(std::string_view text) {
  if (text.empty() || text.size() > kMostRepository) return false;
  const std::vector<std::string> parts = split(text, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool host = i == 0 && parts.size() > 1 && is_host(parts[i]);
    if (!host && !is_path_part(parts[i])) return false;
  }
  return true;
}

}  // namespace

std::string ImageReference::text() const {
  return repository + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

std::string_view ImageReference::last_part() const {
  const size_t slash = repository.rfind('/');
  return std::string_view(repository).substr(slash == std::string::npos ? 0 : slash + 1);
}

Result<ImageReference> parse_image(std::string_view text) {
  ImageReference out;
  std::string_view rest = text;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    if (!is_digest(out.digest)) return bad(text, "the digest is not sha256: and 64 digits");
    rest = rest.substr(0, at);
  }
  const size_t slash = rest.rfind('/');
  const size_t colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    out.tag = rest.substr(colon + 1);
    if (!is_tag(out.tag)) return bad(text, "a tag is letters, digits, \"_\", \".\" and \"-\"");
    rest = rest.substr(0, colon);
  }
  out.repository = rest;
  if (!is_repository(rest)) {
    return bad(text, "its repository is not lower-case words between slashes");
  }
  return out;
}

Result<ImageSetting> parse_image_setting(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    ImageReference image = TRY(parse_image(text));
    if (image.tag.empty() && image.digest.empty()) return bad(text, "it sets nothing");
    std::string name = image.repository;
    return ImageSetting{std::move(name), std::move(image)};
  }
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (name.empty()) return bad(text, "the name is empty");
  if (!value.starts_with(':') && !value.starts_with('@')) {
    return ImageSetting{std::string(name), TRY(parse_image(value))};
  }
  // Only a tag, only a digest, or both: checked with a repository in front.
  ImageReference image = TRY(parse_image("x" + std::string(value)));
  image.repository.clear();
  return ImageSetting{std::string(name), std::move(image)};
}

}  // namespace plumb::edit
