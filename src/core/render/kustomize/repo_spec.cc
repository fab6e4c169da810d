#include "core/render/kustomize/repo_spec.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::array<std::string_view, 4> kSchemes = {"ssh://", "https://", "http://", kFile};
constexpr size_t kOrgAndRepository = 2;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || to_lower(text.substr(0, prefix.size())) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_scheme(std::string_view& text) {
  for (const std::string_view scheme : kSchemes) {
    if (take_prefix(text, scheme)) return scheme;
  }
  return {};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// With its "@"; "" where there is none.
std::string_view take_user(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() &&
         (is_letter(text[end]) || (end > 0 && (is_digit(text[end]) || text[end] == '-')))) {
    ++end;
  }
  if (end == 0 || end == text.size() || text[end] != '@') return {};
  const std::string_view user = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return user;
}

bool is_github(std::string_view text) {
  return take_prefix(text, "github.com/") || take_prefix(text, "github.com:");
}

size_t end_of_host(std::string_view text, bool may_be_scp) {
  const size_t slash = text.find('/');
  if (!may_be_scp) return slash;
  const size_t colon = text.find(':');
  if (slash == std::string_view::npos) return colon;
  return colon != std::string_view::npos && colon > 0 && colon < slash ? colon : slash;
}

// Takes the host off the text; "" where there is none.
std::string take_host(std::string_view& text) {
  take_prefix(text, "git::");
  std::string_view scheme = take_scheme(text);
  const std::string_view before_user = text;
  std::string_view user = take_user(text);
  const bool github = is_github(text);
  const bool may_be_scp = scheme.empty() && (!user.empty() || github);
  if (scheme.empty() && !may_be_scp) return "";
  if (scheme == kFile) {
    text = before_user;
    return std::string(scheme);
  }
  const size_t end = end_of_host(text, may_be_scp);
  if (end == std::string_view::npos) return "";
  std::string host(text.substr(0, end + 1));
  text.remove_prefix(end + 1);
  if (!github) return std::string(scheme) + std::string(user) + host;
  if (scheme == "ssh://" || !user.empty()) return std::string(user) + "github.com:";
  return "https://github.com/";
}

using Parts = std::pair<std::string_view, std::string_view>;  // repository, folder

// What says where the path of the repository ends: "_git/", "//", ".git".
std::optional<Parts> at_marker(std::string_view text) {
  constexpr std::string_view kRoot = "_git/";
  constexpr std::string_view kSuffix = ".git";
  if (const size_t at = text.find(kRoot); at != std::string_view::npos) {
    const size_t end = text.find('/', at + kRoot.size());
    if (end == std::string_view::npos) return Parts{text, {}};
    return Parts{text.substr(0, end), text.substr(end + 1)};
  }
  if (const size_t at = text.find("//"); at != std::string_view::npos) {
    return Parts{text.substr(0, at), text.substr(at + 2)};
  }
  if (const size_t at = text.find(kSuffix); at != std::string_view::npos) {
    return Parts{text.substr(0, at + kSuffix.size()), text.substr(at + kSuffix.size())};
  }
  return std::nullopt;
}

std::optional<Parts> by_length(std::string_view text, bool is_file) {
  if (is_file) return Parts{text, {}};
  size_t at = 0;
  for (size_t parts = 1; parts < kOrgAndRepository; ++parts) {
    at = text.find('/', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  const size_t end = text.find('/', at);
  if (end == std::string_view::npos) return Parts{text, {}};
  return Parts{text.substr(0, end), text.substr(end + 1)};
}

// By its text alone, whatever stands there.
bool leaves_repository(std::string_view folder) {
  if (folder.starts_with('/')) folder.remove_prefix(1);
  if (folder.starts_with('/')) return false;  // whoever opens it will see
  size_t depth = 0;
  for (const std::string& part : split(folder, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      ++depth;
    } else if (depth-- == 0) {
      return true;
    }
  }
  return false;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> query_unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// A query that is malformed anywhere says nothing. Of several values the first counts.
std::string ref_of(std::string_view query) {
  std::optional<std::string> ref;
  std::optional<std::string> version;
  for (const std::string& pair : split(query, '&')) {
    if (pair.empty()) continue;
    if (pair.find(';') != std::string::npos) return "";
    const size_t equal = std::min(pair.find('='), pair.size());
    const auto key = query_unescape(std::string_view(pair).substr(0, equal));
    const auto value =
        query_unescape(std::string_view(pair).substr(std::min(equal + 1, pair.size())));
    if (!key || !value) return "";
    if (*key == "ref" && !ref) ref = value;
    if (*key == "version" && !version) version = value;
  }
  return ref && !ref->empty() ? *ref : version.value_or("");
}

}  // namespace

std::optional<RepoSpec> parse_repo_spec(std::string_view text) {
  if (text.starts_with('/')) return std::nullopt;
  const size_t question = std::min(text.find('?'), text.size());
  RepoSpec out;
  if (question < text.size()) out.ref = ref_of(text.substr(question + 1));
  std::string_view rest = text.substr(0, question);
  out.host = take_host(rest);
  if (out.host.empty()) return std::nullopt;
  std::optional<Parts> parts = at_marker(rest);
  if (!parts) parts = by_length(rest, out.host == kFile);
  if (!parts || parts->first.empty()) return std::nullopt;
  out.repository = parts->first;
  std::string_view folder = parts->second;
  if (leaves_repository(folder)) return std::nullopt;
  if (folder.starts_with('/')) folder.remove_prefix(1);
  out.folder = folder;
  return out;
}

Result<RemoteBase> pinned(const RepoSpec& spec) {
  const std::string url = without_userinfo(spec.clone_url());
  const Result<CommitId> commit = parse_commit_id(to_lower(spec.ref));
  if (commit) return RemoteBase{spec.clone_url(), *commit};
  const std::string shown = "\"" + escape_terminal(shorten(url, 160)) + "\"";
  const std::string ref = spec.ref.empty() ? "HEAD" : escape_terminal(shorten(spec.ref, 80));
  return Error(kNotPinned, spec.ref.empty() ? "the base " + shown + " names no commit"
                                            : "the base " + shown + " is not pinned: \"" + ref +
                                                  "\" is no full commit id")
      .with_help("write ?ref= and the full commit, which `git ls-remote` tells for " + ref +
                 ": what a branch or a tag names changes without a commit here");
}

}  // namespace plumb::rendering::kustomize
