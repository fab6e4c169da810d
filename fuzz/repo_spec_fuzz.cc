// Entries of resources that may name a Git repository, and the policy that says which may be asked:
// the first line a host that is allowed, the rest the entry.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "core/render/kustomize/repo_spec.h"
#include "edge/git/allowed_remotes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  using namespace plumb::rendering::kustomize;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const auto allowed = AllowedRemotes::parse({std::string(text.substr(0, end))});
  const auto spec = parse_repo_spec(text.substr(std::min(end + 1, text.size())));
  if (!spec) return 0;
  CHECK(!spec->host.empty() && !spec->repository.empty());
  const auto base = pinned(*spec);
  if (base.has_value()) CHECK(base->commit.str().size() == 40 || base->commit.str().size() == 64);
  GitOptions any;
  any.allow_http = any.allow_file = true;
  const auto url = GitUrl::parse(spec->clone_url(), any);
  if (!url.has_value()) return 0;
  // What is asked is what the policy was asked about: written back, it is the same repository.
  const auto again = GitUrl::parse(url->text, any);
  CHECK(again.has_value() && again->text == url->text && again->host == url->host);
  CHECK(!AllowedRemotes().allows(*url));
  if (allowed.has_value()) CHECK(allowed->allows(*url) == allowed->allows(*again));
  return 0;
}
