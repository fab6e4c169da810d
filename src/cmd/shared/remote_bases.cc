#include "cmd/shared/remote_bases.h"

namespace plumb {

Result<std::shared_ptr<const RemoteBases>> remote_bases(RemoteBasesOptions options,
                                                        std::stop_token stop) {
  FetchingBasesOptions out;
  out.allowed = TRY(AllowedRemotes::parse(options.allowed));
  out.git = std::move(options.git);
  out.url = std::move(options.url);
  out.credentials = std::move(options.credentials);
  return std::shared_ptr<const RemoteBases>(
      std::make_shared<const FetchingBases>(std::move(out), std::move(stop)));
}

}  // namespace plumb
