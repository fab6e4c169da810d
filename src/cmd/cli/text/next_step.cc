#include "cmd/cli/text/next_step.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"

namespace plumb::cli {
namespace {

struct Advice {
  std::string_view reason;
  std::string_view text;  // APP, NAMESPACE, REPOSITORY and COMMIT are filled in
};

// What has to be done in the cluster or at a host; what has to be edited is known by its position.
constexpr std::array kAdvice{
    Advice{"Unauthorized", "give the operator a valid account: its token or kubeconfig is refused"},
    Advice{"Forbidden",
           "grant the account in the message what it names (a Role and RoleBinding), then plumb "
           "sync APP -n NAMESPACE"},
    Advice{"OwnedByAnotherApp", "remove the object from one of the two apps and push"},
    Advice{"PruneNeedsConfirmation",
           "kubectl annotate app APP -n NAMESPACE plumb.dev/confirm-prune=COMMIT --overwrite; or "
           "take the object back into the source"},
    Advice{"EmptyRender",
           "correct spec.path of the App or the source; if all of it is to go, delete the App"},
    Advice{"NamespaceMissing", "add the Namespace to the source, or create it"},
    Advice{
        "NamespaceTerminating",
        "wait until the namespace is gone, or find what holds it: kubectl get namespace -o yaml"},
    Advice{"QuotaExceeded", "raise the ResourceQuota of the namespace, or ask for less"},
    Advice{"AdmissionUnavailable", "look at the service behind the webhook that the message names"},
    Advice{"ApiGroupNotDiscovered", "kubectl get apiservices: one of them is not available"},
    Advice{"TooManyRequests", "nothing: it is tried again; look at the load of the API server"},
    Advice{"ClusterUnavailable", "nothing: it is tried again; look at the API server"},
    Advice{"RequestTooLarge", "split the object: the API server refuses one of this size"},
    Advice{"Deleting",
           "let the controller of the finalizer do its work; only if it is gone for good, remove "
           "the finalizer by hand"},
    Advice{"Terminating",
           "let the controllers of its finalizers do their work; it is made anew when it is gone"},
    Advice{"RepositoryUnreachable", "look at the Git host and at the network policy in between"},
    Advice{"FetchTimeout", "look at the Git host, or raise spec.timeout of Repository REPOSITORY"},
    Advice{"AuthFailed",
           "put valid credentials into the Secret that spec.secretRef of Repository REPOSITORY "
           "names"},
    Advice{"BadCredentials",
           "correct the Secret that spec.secretRef of Repository REPOSITORY names"},
    Advice{"SecretNotFound", "create the Secret in the namespace of Repository REPOSITORY"},
    Advice{"KubeconfigMissing",
           "put the kubeconfig of the target cluster into the Secret that spec.kubeConfig of the "
           "App names"},
    Advice{"KubeconfigInvalid",
           "correct the kubeconfig in the Secret that spec.kubeConfig of the App names"},
    Advice{"TargetUnreachable",
           "nothing: it is tried again; look at the target cluster and at the network in between"},
    Advice{"TargetRefused",
           "give the user of the kubeconfig the right that the message names, or put another "
           "kubeconfig into the Secret"},
    Advice{"SecretKeyMissing", "add the key to the Secret"},
    Advice{"RepositoryNotFound",
           "correct spec.url of Repository REPOSITORY, or let its credentials see it"},
    Advice{"HostKeyMismatch",
           "find out at the host why its key changed, then correct known_hosts in the Secret"},
    Advice{"HostKeyUnknown",
           "add the host's key to known_hosts in the Secret, after checking it at the host"},
    Advice{"CertificateUntrusted", "add the authority of the host as ca.crt to the Secret"},
    Advice{"RefNotFound", "push the branch or tag, or correct spec.ref of Repository REPOSITORY"},
    Advice{"CommitNotFound", "push the commit, or correct spec.ref of Repository REPOSITORY"},
    Advice{"NonFastForward",
           "push a commit that descends from the last good one; to accept the rewind, set "
           "spec.allowRewind of Repository REPOSITORY"},
    Advice{"NotFastForward",
           "push a commit that descends from the last accepted one; for a rewind on purpose: "
           "plumb approve --rewind"},
    Advice{"Unsigned", "sign the commit (git commit -S) and push it"},
    Advice{"UnknownKey", "sign with a key that the trust policy names, or add the key to it"},
    Advice{"NotAllowed",
           "let somebody make the change whom the rule allows it: plumb trust explain"},
    Advice{"NotApproved", "let those whom the rule names approve the commit: plumb approve"},
    Advice{"NoRule", "add a rule for the path to the trust policy"},
    Advice{"OutOfScope", "change only the fields that the rule lets the signer change"},
    Advice{"TrustRequired",
           "write a TrustPolicy for Repository REPOSITORY: the operator asks for one"},
    Advice{"NoTrustPolicy", "write a TrustPolicy for Repository REPOSITORY, or set spec.trust"},
    Advice{"NotTrusted", "plumb verify tells which commit is refused, and why"},
    Advice{"PathNotFound",
           "push the path, or correct spec.path: kubectl edit app APP -n NAMESPACE"},
    Advice{"NotADirectory", "let spec.path name a folder: kubectl edit app APP -n NAMESPACE"},
    Advice{"DependencyNotReady", "plumb why of the app that the message names"},
    Advice{"DependencyCycle", "remove one of the dependencies from spec.dependsOn"},
    Advice{"DependentsNotDeleted", "delete the apps first that depend on this one"},
    Advice{"SourceNotReady", "create Repository REPOSITORY, or correct spec.repository of the App"},
    Advice{"InventoryNotRecorded",
           "let the operator write the status of the App: its RBAC or the "
           "size of the status is in the way"},
    Advice{"NothingApplied", "mend what is refused and push; or set spec.apply to best-effort"},
    Advice{"InvalidSpec", "kubectl edit app APP -n NAMESPACE"},
    Advice{"DependsOnItself", "kubectl edit app APP -n NAMESPACE"},
};

const Advice* find_advice(std::string_view reason) {
  const auto known = std::find_if(kAdvice.begin(), kAdvice.end(),
                                  [&](const Advice& advice) { return advice.reason == reason; });
  return known == kAdvice.end() ? nullptr : &*known;
}

using Words = std::vector<std::pair<std::string_view, std::string>>;

Words words_of(const AppView& app) {
  const std::string& revision = app.status.last_attempted_revision;
  return {
      {"APP", app.key.name},
      {"NAMESPACE", app.key.namespace_},
      {"REPOSITORY", app.repository.display()},
      {"COMMIT", revision.empty() ? "COMMIT" : revision.substr(revision.rfind('@') + 1)},
  };
}

std::string filled(std::string_view text, const Words& words) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto word = std::find_if(words.begin(), words.end(), [&](const auto& one) {
      return text.substr(i).starts_with(one.first);
    });
    if (word == words.end()) {
      out += text[i++];
    } else {
      out += word->second;
      i += word->first.size();
    }
  }
  return out;
}

}  // namespace

std::string describe_command(const ObjectKey& key) {
  const std::string kind = to_lower(key.kind) + (key.group.empty() ? "" : "." + key.group);
  return std::string("kubectl ") + (key.namespace_.empty() ? "" : "-n " + key.namespace_ + " ") +
         "describe " + kind + " " + key.name;
}

std::string next_step(const AppView& app, const Trouble& trouble) {
  if (const Advice* known = find_advice(trouble.reason)) return filled(known->text, words_of(app));
  // Health: what runs tells more than what is written.
  const bool runs = trouble.reason == "InProgress" || trouble.reason == "Failed" ||
                    trouble.reason == "NotFound" || trouble.reason == "Unknown";
  if (runs && trouble.object != nullptr) {
    const std::string edit =
        trouble.position.empty() ? "" : "; it is written at " + std::string(trouble.position);
    return describe_command(*trouble.object) + edit;
  }
  if (!trouble.position.empty()) {
    return "edit " + std::string(trouble.position) + ", commit and push";
  }
  return trouble.object == nullptr ? "" : describe_command(*trouble.object);
}

std::string next_step(const RepositoryKey& repository, std::string_view reason) {
  if (reason == "InvalidSpec") {
    return "kubectl edit repository " + repository.name + " -n " + repository.namespace_;
  }
  const Advice* known = find_advice(reason);
  return known == nullptr ? "" : filled(known->text, {{"REPOSITORY", repository.display()}});
}

}  // namespace plumb::cli
