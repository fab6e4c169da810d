// next_step: what a person can do about a reason that a status names. Pure.
//
// Reasons are the names of error codes (docs/errors.md), of conditions (core/status) and kstatus'
// words. Peers answer this in their documentation; here the program does.
#pragma once

#include <string>
#include <string_view>

#include "cmd/cli/text/app_view.h"

namespace plumb::cli {

struct Trouble {
  std::string_view reason;         // "AdmissionDenied"
  std::string_view position = {};  // "apps/web.yaml:12"; "" if it stands nowhere
  const ObjectKey* object = nullptr;
};

// One line; "" where nothing is known that helps.
[[nodiscard]] std::string next_step(const AppView& app, const Trouble& trouble);
// The same of what a Repository's own status says.
[[nodiscard]] std::string next_step(const RepositoryKey& repository, std::string_view reason);
// "kubectl -n prod describe deployment.apps web".
[[nodiscard]] std::string describe_command(const ObjectKey& key);

}  // namespace plumb::cli
