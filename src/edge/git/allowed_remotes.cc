#include "edge/git/allowed_remotes.h"

#include <algorithm>

#include "base/text.h"

namespace plumb {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> out = split(path, '/');
  std::erase(out, "");
  return out;
}

Error refused(const std::string& entry, const std::string& why) {
  return Error(kInvalidArgument,
               "--remote-bases \"" + escape_terminal(shorten(entry)) + "\" " + why)
      .with_help(
          "name hosts, with the beginning of a path or without: git.example.com,github.com/org");
}

bool same_repository_name(const std::string& part, const std::string& allowed, bool is_last) {
  return part == allowed || (is_last && part == allowed + ".git");
}

}  // namespace

Result<AllowedRemotes> AllowedRemotes::parse(const std::vector<std::string>& entries) {
  AllowedRemotes out;
  for (const std::string& entry : entries) {
    if (entry.find("://") != std::string::npos) return refused(entry, "is a URL");
    if (entry.find('@') != std::string::npos) return refused(entry, "names a user");
    const size_t slash = std::min(entry.find('/'), entry.size());
    Entry made{entry.substr(0, slash), parts_of(std::string_view(entry).substr(slash))};
    if (made.host.empty() && made.path.empty()) return refused(entry, "names no host");
    // Its host has to be one that a URL can have, or it would never match.
    GitOptions any;
    any.allow_file = true;
    const std::string scheme = made.host.empty() ? "file://" : "https://";
    const std::string path = made.path.empty() ? "/any" : "/" + join(made.path, "/");
    const Result<GitUrl> url = GitUrl::parse(scheme + made.host + path, any);
    if (!url) return refused(entry, "is no host and path");
    made.host = url->host;
    out.entries_.push_back(std::move(made));
  }
  return out;
}

bool AllowedRemotes::allows(const GitUrl& url) const {
  const size_t scheme = url.text.find("://") + 3;
  const std::vector<std::string> path = parts_of(url.text.substr(url.text.find('/', scheme)));
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    if (entry.host != url.host || entry.path.size() > path.size()) return false;
    for (size_t i = 0; i < entry.path.size(); ++i) {
      if (!same_repository_name(path[i], entry.path[i], i + 1 == path.size())) return false;
    }
    return true;
  });
}

}  // namespace plumb
