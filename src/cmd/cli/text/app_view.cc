#include "cmd/cli/text/app_view.h"

#include <algorithm>

#include "base/text.h"

namespace plumb::cli {

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto at = std::find_if(conditions.begin(), conditions.end(),
                               [&](const Condition& condition) { return condition.type == type; });
  return at == conditions.end() ? nullptr : &*at;
}

std::string commit_of(std::string_view revision) {
  const size_t at = revision.rfind('@');
  std::string_view commit = at == std::string_view::npos ? revision : revision.substr(at + 1);
  if (commit.starts_with("sha1:")) commit.remove_prefix(5);
  return std::string(commit);
}

std::string short_revision(std::string_view revision) {
  constexpr size_t kDigits = 7;
  constexpr size_t kWholeCommit = 40;
  const size_t at = revision.rfind('@');
  std::string_view commit = at == std::string_view::npos ? revision : revision.substr(at + 1);
  const size_t colon = commit.rfind(':');
  if (colon != std::string_view::npos) commit.remove_prefix(colon + 1);
  if (commit.size() < kWholeCommit) return std::string(revision);
  return std::string(revision.substr(0, revision.size() - commit.size())) +
         std::string(commit.substr(0, kDigits));
}

Readiness readiness_of(const AppView& app) {
  const auto holds = [&](std::string_view type) {
    const Condition* condition = find_condition(app.status.conditions, type);
    return condition != nullptr && condition->status == "True";
  };
  if (app.deleting) return Readiness::deleting;
  if (app.suspended) return Readiness::suspended;
  if (!app.seen) return Readiness::unseen;
  if (holds("Stalled")) return Readiness::stalled;
  // A spec that the operator has not seen yet makes the old conditions stale.
  if (holds("Reconciling") || app.status.observed_generation < app.generation) {
    return Readiness::progressing;
  }
  return holds("Ready") ? Readiness::ready : Readiness::failed;
}

}  // namespace plumb::cli
