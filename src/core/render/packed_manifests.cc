#include "core/render/packed_manifests.h"

#include "base/check.h"
#include "base/deflate.h"
#include "base/mutex.h"
#include "base/packed_text.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

// What manifests are full of, the most frequent last: an app of few objects has too little text of
// its own to be packed well.
constexpr std::string_view kCommonText =
    R"(StatefulSet","NetworkPolicy","CustomResourceDefinition","policy/v1","rbac.authorization.k8s.io/v1)"
    R"("ClusterRole","RoleBinding","apiGroups":["resources":["verbs":["get","list","watch"]"batch/v1",)"
    R"("schedule":"autoscaling/v2","HorizontalPodAutoscaler","volumeMounts":[{"mountPath":"/","name":")"
    R"(volumes":[{"emptyDir":{},"configMap":{"name":"secret":{"secretName":"envFrom":[{"configMapRef":{)"
    R"("env":[{"name":"valueFrom":{"secretKeyRef":{"key":"affinity":{},"nodeSelector":{},"tolerations":[)"
    R"("securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"runAsNonRoot")"
    R"(:true},"livenessProbe":{"httpGet":{"path":"/healthz","port":"http"},"initialDelaySeconds":5,"perio)"
    R"(dSeconds":10},"readinessProbe":{"tcpSocket":"resources":{"limits":{"cpu":"100m","memory":"128Mi"},)"
    R"("requests":{"cpu":"imagePullPolicy":"IfNotPresent","command":["args":["ports":[{"containerPort":80)"
    R"(80,"name":"http","protocol":"TCP"}],"rules":[{"host":"http":{"paths":[{"backend":{"service":{"name)"
    R"(":"port":{"number":80}}},"path":"/","pathType":"Prefix"}]}}]"targetPort":"http"}],"selector":{"app)"
    R"(.kubernetes.io/name":"app.kubernetes.io/instance":"type":"ClusterIP"},"strategy":{"rollingUpdate":)"
    R"({"maxUnavailable":"replicas":1,"selector":{"matchLabels":{"app":"template":{"metadata":{"labels":{)"
    R"("app":"}},"spec":{"serviceAccountName":"containers":[{"image":"networking.k8s.io/v1Ingressapps/v1De)"
    R"(ploymentServiceAccountSecretNamespacev1ServiceConfigMapapps//deployment.yamlservice.yaml/kustomiza)"
    R"(tion.yaml{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{"labels":{"app":")"
    R"(namespace":"default","name":"{"apiVersion":"v1","data":{"kind":"ConfigMap","metadata":{"name":")";

// Shared by the manifests of one unpacking.
class Again {
 public:
  explicit Again(PackedManifests::RenderAgain render) : render_(std::move(render)) {}

  // Null if it could not be rendered again.
  const FieldLines* lines_of(size_t index) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!manifests_) {
      Result<Manifests> rendered = render_();
      manifests_ = rendered ? std::move(rendered).value() : Manifests();
    }
    return index < manifests_->objects.size() ? manifests_->objects[index].lines.get() : nullptr;
  }

 private:
  const PackedManifests::RenderAgain render_;
  Mutex mutex_;
  std::optional<Manifests> manifests_ GUARDED_BY(mutex_);  // never changed once it is there
};

class LinesFoundAgain final : public FieldLines {
 public:
  LinesFoundAgain(std::shared_ptr<Again> again, size_t index, int line)
      : again_(std::move(again)), index_(index), line_(line) {}

  [[nodiscard]] int line_of(const std::vector<std::string>& path) const override {
    const FieldLines* lines = again_->lines_of(index_);
    return lines == nullptr ? line_ : lines->line_of(path);
  }

 private:
  const std::shared_ptr<Again> again_;
  const size_t index_;
  const int line_;  // of the document
};

void write(std::string& out, const Manifest& manifest) {
  // A member that is new in Manifest has to be kept, too, if render sets it.
  append_text(out, manifest.key.group);
  append_text(out, manifest.key.kind);
  append_text(out, manifest.key.namespace_);
  append_text(out, manifest.key.name);
  append_text(out, manifest.api_version);
  append_text(out, manifest.origin.file);
  append_number(out, manifest.origin.line);
  append_number(out, manifest.origin.document);
  append_text(out, json::write(manifest.body));
}

Manifest read_manifest(PackedReader& in) {
  Manifest out;
  out.key.group = in.string();
  out.key.kind = in.string();
  out.key.namespace_ = in.string();
  out.key.name = in.string();
  out.api_version = in.string();
  out.origin.file = in.string();
  out.origin.line = static_cast<int>(in.number());
  out.origin.document = static_cast<int>(in.number());
  Budget enough({.depth = 10'000, .nodes = ~0ull});
  Result<Value> body = json::parse(in.text(), enough);
  CHECK(body.has_value());
  out.body = std::move(body).value();
  return out;
}

}  // namespace

PackedManifests::PackedManifests(const Manifests& rendered)
    : count_(rendered.objects.size()), read_set_(rendered.read_set), digest_(rendered.digest) {
  std::string text;
  for (const Manifest& manifest : rendered.objects) write(text, manifest);
  append_number(text, static_cast<int64_t>(rendered.warnings.size()));
  for (const Warning& warning : rendered.warnings) {
    append_text(text, warning.message);
    append_text(text, warning.position.file);
    append_number(text, warning.position.line);
    append_number(text, warning.position.column);
  }
  unpacked_bytes_ = text.size();
  text_ = deflated(text, kCommonText);
}

Manifests PackedManifests::unpack(RenderAgain render_again) const {
  const std::string text = inflated(text_, unpacked_bytes_, kCommonText);
  PackedReader in(text);
  const auto again = render_again ? std::make_shared<Again>(std::move(render_again)) : nullptr;
  Manifests out;
  out.objects.reserve(count_);
  for (size_t i = 0; i < count_; ++i) {
    Manifest one = read_manifest(in);
    if (again) one.lines = std::make_shared<LinesFoundAgain>(again, i, one.origin.line);
    out.objects.push_back(std::move(one));
  }
  const int64_t warnings = in.number();
  for (int64_t i = 0; i < warnings; ++i) {
    Warning warning;
    warning.message = in.string();
    warning.position.file = in.string();
    warning.position.line = static_cast<int>(in.number());
    warning.position.column = static_cast<int>(in.number());
    out.warnings.push_back(std::move(warning));
  }
  out.read_set = read_set_;
  out.digest = digest_;
  return out;
}

}  // namespace plumb
