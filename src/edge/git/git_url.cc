#include "edge/git/git_url.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kMaxUrl = 2048;
constexpr const char* kForms =
    "write https://host/path, ssh://git@host/path or git@host:path without credentials";

Error bad_url(std::string_view text, const std::string& why) {
  return Error(kBadGitUrl, "\"" + escape_terminal(without_userinfo(text)) +
                               "\" is not a repository URL: " + why)
      .with_help(kForms);
}

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool all_of(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [also](char c) {
    return is_alnum(c) || also.find(c) != std::string_view::npos;
  });
}

const char* default_port(GitTransport transport) {
  switch (transport) {
    case GitTransport::https:
      return "443";
    case GitTransport::http:
      return "80";
    case GitTransport::ssh:
      return "22";
    case GitTransport::file:
      return "";
  }
  return "";
}

// "ssh://git@host/org/repo" for the scp form; other texts as they are.
std::string without_scp_form(std::string_view text) {
  const size_t colon = text.find(':');
  const bool is_scp = text.find("://") == std::string_view::npos &&
                      colon != std::string_view::npos && text.find('/') > colon;
  if (!is_scp) return std::string(text);
  std::string_view path = text.substr(colon + 1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return "ssh://" + std::string(text.substr(0, colon)) + "/" + std::string(path);
}

Result<GitTransport> transport_of(std::string_view text, const std::string& scheme,
                                  const GitOptions& options) {
  if (scheme == "https") return GitTransport::https;
  if (scheme == "ssh") return GitTransport::ssh;
  if (scheme == "http" && options.allow_http) return GitTransport::http;
  if (scheme == "file" && options.allow_file) return GitTransport::file;
  if (scheme == "http") return bad_url(text, "http is not encrypted and not allowed here");
  return bad_url(text, "\"" + escape_terminal(scheme) + "\" is not an allowed protocol");
}

// "host" or "host:port", checked; the default port is dropped.
Result<std::string> parse_host(std::string_view text, std::string_view authority,
                               GitTransport transport) {
  std::string_view host = authority;
  std::string_view port;
  const bool is_ipv6 = host.starts_with('[');
  const size_t host_end = is_ipv6 ? host.find(']') : host.find(':');
  if (is_ipv6 && host_end == std::string_view::npos) return bad_url(text, "\"[\" is not closed");
  const size_t split_at = is_ipv6 ? host_end + 1 : std::min(host_end, host.size());
  if (split_at < host.size()) {
    if (host[split_at] != ':') return bad_url(text, "the host is malformed");
    port = host.substr(split_at + 1);
  }
  host = host.substr(0, split_at);
  const bool is_host = is_ipv6 ? host.size() > 2 && all_of(host.substr(1, host.size() - 2), ":.")
                               : !host.empty() && host.front() != '-' && all_of(host, ".-_");
  if (!is_host) return bad_url(text, "the host is empty or has letters no host has");
  if (split_at < authority.size()) {
    const bool is_port = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string_view::npos;
    const int number = is_port ? std::atoi(std::string(port).c_str()) : 0;
    if (number < 1 || number > 65535) return bad_url(text, "the port is not in 1..65535");
  }
  std::string out = to_lower(host);
  if (!port.empty() && port != default_port(transport)) out += ":" + std::string(port);
  return out;
}

// The user to write back before the host; only ssh has one.
Result<std::string> parse_user(std::string_view text, std::string_view userinfo,
                               GitTransport transport) {
  if (transport != GitTransport::ssh || userinfo.find(':') != std::string_view::npos) {
    return Error(kBadGitUrl, "the URL \"" + escape_terminal(without_userinfo(text)) +
                                 "\" is written with a user or password in it")
        .with_help("put username and password into the Secret that secretRef names");
  }
  if (userinfo.empty() || userinfo.front() == '-' || !all_of(userinfo, "._-")) {
    return bad_url(text, "the ssh user has letters no user has");
  }
  return std::string(userinfo) + "@";
}

const char* path_fault(std::string_view path) {
  if (path.size() < 2) return "the path is missing";
  if (path.find_first_of("?#") != std::string_view::npos) return "it has a query or a fragment";
  for (const std::string& part : split(path.substr(1), '/')) {
    if (part.starts_with('-')) return "a part of the path starts with \"-\"";
    if (part == "..") return "the path has \"..\"";
  }
  return nullptr;
}

}  // namespace

const char* to_string(GitTransport transport) {
  switch (transport) {
    case GitTransport::https:
      return "https";
    case GitTransport::http:
      return "http";
    case GitTransport::ssh:
      return "ssh";
    case GitTransport::file:
      return "file";
  }
  return "";
}

Result<GitUrl> GitUrl::parse(std::string_view text, const GitOptions& options) {
  if (text.size() > kMaxUrl) return Error(kBadGitUrl, "the URL is longer than 2048 bytes");
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '\\' && c != '"' && c != '\'';
  });
  if (!printable) return bad_url(text, "it has spaces, quotes, controls or letters beyond ASCII");
  const std::string full = without_scp_form(text);
  const size_t scheme_end = full.find("://");
  if (scheme_end == std::string::npos) return bad_url(text, "it names no protocol");

  GitUrl url;
  url.transport = TRY(transport_of(full, to_lower(full.substr(0, scheme_end)), options));
  std::string_view rest = std::string_view(full).substr(scheme_end + 3);
  const size_t path_begin = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, path_begin);
  std::string_view path = rest.substr(path_begin);
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (const char* fault = path_fault(path)) return bad_url(full, fault);

  std::string user;
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    user = TRY(parse_user(full, authority.substr(0, at), url.transport));
    authority.remove_prefix(at + 1);
  }
  if (url.transport == GitTransport::file) {
    if (!authority.empty()) return bad_url(full, "a file URL names no host");
  } else {
    url.host = TRY(parse_host(full, authority, url.transport));
  }
  url.text = std::string(to_string(url.transport)) + "://" + user + url.host + std::string(path);
  return url;
}

Result<std::string> normalised_git_url(const std::string& url, const GitOptions& options) {
  return TRY(GitUrl::parse(url, options)).text;
}

}  // namespace plumb
