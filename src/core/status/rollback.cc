#include "core/status/rollback.h"

#include <algorithm>

#include "base/digest.h"
#include "core/status/attempt.h"
#include "core/status/conditions.h"

namespace plumb {
namespace {

constexpr size_t kLongestName = 63;  // of a Job: its pods carry it in a label
constexpr size_t kDigits = 12;
constexpr int64_t kJobSeconds = 600;
constexpr int64_t kKeptSeconds = 24 * 3600;

// "main@3f2c…": the commit of a revision in display form.
Result<CommitId> commit_of(const std::string& revision) {
  const size_t at = revision.rfind('@');
  return parse_commit_id(at == std::string::npos ? revision : revision.substr(at + 1));
}

bool is_unhealthy(const AppStatus& status) {
  const Condition* ready = find_condition(status.conditions, "Ready");
  return ready != nullptr && ready->status == "False" && ready->reason == "HealthCheckFailed";
}

Value environment_from(const std::string& secret) {
  return Value::list({Value::map({{"secretRef", Value::map({{"name", secret}})}})});
}

Value container(const AppSpec& app, const RollbackSource& source, const RollbackOrder& order) {
  const Value arguments =
      Value::list({"revert", "--repo", source.url, "--branch", source.branch, "--path",
                   app.path.display(), "--to", order.good.str(), "--unless-changed-since",
                   order.seen.str(), "--app", app.key.display(), "--message",
                   "Roll back " + app.key.display() + ": " + order.bad.str().substr(0, kDigits) +
                       " did not become healthy"});
  const Value security =
      Value::map({{"allowPrivilegeEscalation", false},
                  {"readOnlyRootFilesystem", true},
                  {"capabilities", Value::map({{"drop", Value::list({"ALL"})}})}});
  return Value::map(
      {{"name", "revert"},
       {"image", app.rollback->image},
       {"command", Value::list({"plumb-ci"})},
       {"args", arguments},
       {"envFrom", environment_from(app.rollback->secret)},
       {"env", Value::list({Value::map({{"name", "HOME"}, {"value", "/tmp"}})})},
       {"securityContext", security},
       {"volumeMounts", Value::list({Value::map({{"name", "tmp"}, {"mountPath", "/tmp"}})})}});
}

}  // namespace

std::optional<RollbackOrder> rollback_due(const AppSpec& app, const AppStatus& status,
                                          WallTime now) {
  if (!app.rollback || app.suspend || app.deleting || !is_unhealthy(status)) return std::nullopt;
  const std::string revision = unproven_revision(status);
  if (revision.empty() || revision == status.rollback.revision) return std::nullopt;
  const WallTime since = status.last_attempted_since;
  if (since == WallTime{} || now - since < app.timeout) return std::nullopt;
  const auto good = std::find_if(
      status.history.begin(), status.history.end(),
      [&](const HistoryEntry& entry) { return entry.was_healthy() && entry.revision != revision; });
  const Result<CommitId> bad = commit_of(revision);
  if (good == status.history.end() || !bad) return std::nullopt;
  const Result<CommitId> to = commit_of(good->revision);
  const Result<CommitId> seen = commit_of(status.last_attempted_revision);
  if (!to || *to == *bad || !seen) return std::nullopt;
  return RollbackOrder{revision, *bad, *to, *seen};
}

std::string rollback_job_name(const AppKey& app, const CommitId& bad) {
  const std::string ending = "-rollback-" + bad.str().substr(0, kDigits);
  if (app.name.size() + ending.size() <= kLongestName) return app.name + ending;
  // Names that begin alike stay apart.
  const std::string mark = "-" + fingerprint(app.name).hex().substr(0, 8);
  return app.name.substr(0, kLongestName - ending.size() - mark.size()) + mark + ending;
}

Value rollback_job(const AppSpec& app, const std::string& uid, const RollbackSource& source,
                   const RollbackOrder& order) {
  const Value labels = Value::map(
      {{"app.kubernetes.io/managed-by", "plumb"}, {"plumb.dev/rollback-of", app.key.name}});
  const Value owner = Value::map({{"apiVersion", std::string(kApiGroup) + "/" + kApiVersion},
                                  {"kind", "App"},
                                  {"name", app.key.name},
                                  {"uid", uid}});
  const Value pod = Value::map(
      {{"restartPolicy", "Never"},
       {"automountServiceAccountToken", false},
       {"securityContext",
        Value::map({{"runAsNonRoot", true},
                    {"runAsUser", 65532},
                    {"seccompProfile", Value::map({{"type", "RuntimeDefault"}})}})},
       {"containers", Value::list({container(app, source, order)})},
       {"volumes", Value::list({Value::map({{"name", "tmp"}, {"emptyDir", Value::map()}})})}});
  return Value::map(
      {{"apiVersion", "batch/v1"},
       {"kind", "Job"},
       {"metadata", Value::map({{"name", rollback_job_name(app.key, order.bad)},
                                {"namespace", app.key.namespace_},
                                {"labels", labels},
                                {"ownerReferences", Value::list({owner})}})},
       {"spec", Value::map({{"backoffLimit", 3},
                            {"activeDeadlineSeconds", kJobSeconds},
                            {"ttlSecondsAfterFinished", kKeptSeconds},
                            {"template", Value::map({{"metadata", Value::map({{"labels", labels}})},
                                                     {"spec", pod}})}})}});
}

}  // namespace plumb
