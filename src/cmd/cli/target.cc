#include "cmd/cli/target.h"

namespace plumb::cli {

namespace {
constexpr std::string_view kRepositoryPrefix = "repo/";
}  // namespace

bool names_a_repository(std::string_view text) {
  return text.starts_with(kRepositoryPrefix);
}

Result<Target> find_target(ClusterClient& client, const GlobalOptions& options,
                           const std::string& text) {
  Target target;
  target.is_repository = names_a_repository(text);
  target.object = target.is_repository
                      ? TRY(find_repository(client, options, text.substr(kRepositoryPrefix.size())))
                      : TRY(find_app(client, options, text));
  target.key = {kApiGroup, target.resource().gvk.kind,
                target.object.string_at({"metadata", "namespace"}),
                target.object.string_at({"metadata", "name"})};
  return target;
}

}  // namespace plumb::cli
