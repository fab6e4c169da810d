// AllowedRemotes: the repositories that bases may be fetched from (--remote-bases): hosts, with a
// port where it is not the protocol's own, and the beginning of a path where not all of a host is
// meant: "git.example.com", "git.example.com:8443", "github.com/org", "github.com/org/repo". Parts
// of a path match whole; a repository matches with or without its ".git". "/srv/git" is for file
// URLs, where these are allowed at all. Nothing is allowed that is not named. A value.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "edge/git/git_url.h"

namespace plumb {

class AllowedRemotes {
 public:
  AllowedRemotes() = default;
  // kInvalidArgument for what is no host and path.
  [[nodiscard]] static Result<AllowedRemotes> parse(const std::vector<std::string>& entries);

  [[nodiscard]] bool allows(const GitUrl& url) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string host;               // as GitUrl has it; "" for files
    std::vector<std::string> path;  // its first parts
  };
  std::vector<Entry> entries_;
};

}  // namespace plumb
