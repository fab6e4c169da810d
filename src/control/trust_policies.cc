#include "control/trust_policies.h"

#include <algorithm>

#include "base/text.h"
#include "core/trust/walk/walk_errors.h"

namespace plumb {
namespace {

ObjectKey key_of(const GoverningPolicy& governing) {
  return {"plumb.dev", "TrustPolicy", "", governing.policy->name};
}

// The entry of a source in status.accepted; its index, or the size.
size_t index_of(const List& accepted, const trust::PolicySource& source) {
  size_t i = 0;
  while (i < accepted.size() && (accepted[i].string_at({"url"}) != source.url ||
                                 accepted[i].string_at({"ref"}) != source.ref.str())) {
    ++i;
  }
  return i;
}

List accepted_of(const Value& object) {
  const Value* list = object.find_path({"status", "accepted"});
  return list == nullptr || !list->is_list() ? List() : *list->as_list();
}

Result<std::optional<AcceptedTip>> tip_in(const List& accepted, const trust::PolicySource& source) {
  const size_t at = index_of(accepted, source);
  if (at == accepted.size()) return std::optional<AcceptedTip>();
  return std::optional(AcceptedTip{TRY(parse_commit_id(accepted[at].string_at({"commit"}))),
                                   ObjectId(accepted[at].string_at({"tag"}))});
}

}  // namespace

std::string TrustPolicies::normalised(const std::string& url) const {
  const Result<std::string> form = normalised_git_url(url, git_);
  return form ? *form : url;
}

bool TrustPolicies::put(const Value& body) {
  Entry entry;
  Result<trust::TrustPolicy> policy = trust::decode_trust_policy(body, {});
  if (policy) {
    entry.policy = std::make_shared<const trust::TrustPolicy>(*std::move(policy));
    entry.sources = entry.policy->sources;
  } else {
    entry.error = policy.error();
    // What it speaks of may still be told; else it might be any repository.
    const Value* sources = body.find_path({"spec", "sources"});
    if (sources != nullptr && sources->is_list()) {
      for (const Value& one : *sources->as_list()) {
        entry.sources.push_back({one.string_at({"url"}), RefName(one.string_at({"ref"}))});
      }
    }
    const bool is_clear = std::all_of(entry.sources.begin(), entry.sources.end(),
                                      [](const auto& one) { return !one.url.empty(); });
    if (!is_clear) entry.sources.clear();
  }
  for (trust::PolicySource& one : entry.sources) one.url = normalised(one.url);
  if (const Value* spec = body.find("spec")) entry.spec = *spec;
  MutexLock lock(mutex_);
  Entry& slot = entries_[body.string_at({"metadata", "name"})];
  const bool is_same = slot.spec == entry.spec && (slot.policy || slot.error);
  slot = std::move(entry);
  return !is_same;
}

bool TrustPolicies::remove(const std::string& name) {
  MutexLock lock(mutex_);
  return entries_.erase(name) > 0;
}

bool TrustPolicies::names(const Entry& entry, const std::string& url) {
  return (entry.sources.empty() && !entry.policy) ||
         std::any_of(entry.sources.begin(), entry.sources.end(),
                     [&](const auto& one) { return one.url == url; });
}

bool TrustPolicies::covers(const std::string& url) const {
  const std::string wanted = normalised(url);
  MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& one) { return names(one.second, wanted); });
}

bool TrustPolicies::enforces(const std::string& url) const {
  const std::string wanted = normalised(url);
  MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& one) {
    const Entry& entry = one.second;
    return names(entry, wanted) && (!entry.policy || !entry.policy->audit);
  });
}

Result<std::optional<GoverningPolicy>> TrustPolicies::find(const std::string& url,
                                                           const RefName& ref) const {
  const std::string wanted = normalised(url);
  std::optional<GoverningPolicy> found;
  std::string spoken_of;
  MutexLock lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (!names(entry, wanted)) continue;
    spoken_of = name;
    if (!entry.policy) {
      return entry.error->while_doing("looking for the trust policy of " + escape_terminal(wanted));
    }
    for (size_t i = 0; i < entry.sources.size(); ++i) {
      if (entry.sources[i].url != wanted || entry.sources[i].ref != ref) continue;
      if (found) {
        return Error(trust::kInvalidPolicy,
                     "the trust policies " + found->policy->name + " and " + name +
                         " both speak of " + escape_terminal(ref.str()) + " of " +
                         escape_terminal(wanted),
                     Retry::denied)
            .with_help("keep one of them: a source has one policy");
      }
      found = GoverningPolicy{entry.policy, entry.policy->sources[i]};
    }
  }
  if (!found && !spoken_of.empty()) {
    return Error(trust::kNotASource,
                 "trust policy " + spoken_of + " names this repository, and not its ref \"" +
                     escape_terminal(ref.str()) + "\"",
                 Retry::denied)
        .with_help("add the ref to spec.sources of the policy, or use one that it names");
  }
  return found;
}

Result<std::optional<AcceptedTip>> TrustPolicies::accepted(ClusterClient& client,
                                                           const GoverningPolicy& governing,
                                                           Deadline deadline) {
  const Value object = TRY(client.get(kTrustPolicyResource, key_of(governing), deadline));
  return tip_in(accepted_of(object), governing.source);
}

Result<void> TrustPolicies::remember(ClusterClient& client, const GoverningPolicy& governing,
                                     const std::optional<AcceptedTip>& before,
                                     const AcceptedTip& now, WallTime when, Deadline deadline) {
  const Value object = TRY(client.get(kTrustPolicyResource, key_of(governing), deadline));
  List accepted = accepted_of(object);
  const std::optional<AcceptedTip> present = TRY(tip_in(accepted, governing.source));
  const bool same =
      present.has_value() == before.has_value() &&
      (!present || (present->commit == before->commit && present->tag == before->tag));
  if (!same) {
    return Error(kTrustStateConflict, "another replica accepted a commit meanwhile",
                 Retry::conflict);
  }
  Value entry = Value::map({{"url", governing.source.url},
                            {"ref", governing.source.ref.str()},
                            {"commit", now.commit.str()},
                            {"at", format_rfc3339(when)}});
  if (!now.tag.empty()) entry.set("tag", now.tag.str());
  const size_t at = index_of(accepted, governing.source);
  if (at == accepted.size()) accepted.emplace_back();
  accepted[at] = std::move(entry);
  Value patch = Value::map({{"status", Value::map({{"accepted", Value(std::move(accepted))}})}});
  // A precondition: what was looked at above is what is replaced.
  patch.set_path({"metadata", "resourceVersion"},
                 object.string_at({"metadata", "resourceVersion"}));
  TRY(client.patch_status(kTrustPolicyResource, key_of(governing), patch, deadline));
  return {};
}

}  // namespace plumb
