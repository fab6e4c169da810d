// The refs a remote tells: parsers for the answers of smart HTTP (gitprotocol-v2 ls-refs, and the
// advertisement of versions 0 and 1) and for the output of `git ls-remote --symref`; pure, bounded.
// Names git itself would refuse are left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/git/git_errors.h"
#include "model/git.h"

namespace plumb {

struct RemoteRef {
  RefName name;
  ObjectId id;                      // a commit or a tag object
  std::optional<ObjectId> peeled;   // what a tag object points to in the end
  std::optional<RefName> links_to;  // of a symbolic ref, HEAD above all

  friend bool operator==(const RemoteRef&, const RemoteRef&) = default;
};

// The first answer of a smart HTTP server.
struct Advertisement {
  bool speaks_v2 = false;       // then refs are asked for by ls-refs and `refs` is empty
  std::vector<RemoteRef> refs;  // versions 0 and 1
};

// All errors are kBadGitResponse or kUnsupportedObjects.
[[nodiscard]] Result<Advertisement> parse_advertisement(std::string_view body);
[[nodiscard]] Result<std::vector<RemoteRef>> parse_ls_refs(std::string_view body);
[[nodiscard]] Result<std::vector<RemoteRef>> parse_ls_remote(std::string_view text);

// The body of an ls-refs request for refs that start with one of the prefixes.
[[nodiscard]] std::string ls_refs_request(const std::vector<std::string>& prefixes);

}  // namespace plumb
