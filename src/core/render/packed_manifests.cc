#include "core/render/packed_manifests.h"

#include <zlib.h>

#include "base/check.h"
#include "base/mutex.h"
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

Bytef* bytes_of(std::string& text) {
  return reinterpret_cast<Bytef*>(text.data());
}
const Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

std::string deflated(std::string& text) {
  z_stream stream{};
  // A window of 32 KiB; no header: the memory of this process is not checked.
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  CHECK(deflateSetDictionary(&stream, bytes_of(kCommonText),
                             static_cast<uInt>(kCommonText.size())) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  out.shrink_to_fit();
  return out;
}

std::string inflated(std::string packed, size_t size) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
  CHECK(inflateSetDictionary(&stream, bytes_of(kCommonText),
                             static_cast<uInt>(kCommonText.size())) == Z_OK);
  std::string out(size, '\0');
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == size);
  inflateEnd(&stream);
  return out;
}

// Texts with their length before them; numbers are texts.
class Writer {
 public:
  void text(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += ':';
    out_ += text;
  }
  void number(int64_t number) { text(std::to_string(number)); }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string_view text() {
    const size_t colon = text_.find(':');
    CHECK(colon != std::string_view::npos);
    const size_t size = std::stoul(std::string(text_.substr(0, colon)));
    CHECK(size <= text_.size() - colon - 1);
    const std::string_view out = text_.substr(colon + 1, size);
    text_.remove_prefix(colon + 1 + size);
    return out;
  }
  std::string string() { return std::string(text()); }
  int64_t number() { return std::stoll(string()); }

 private:
  std::string_view text_;
};

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

void write(Writer& out, const Manifest& manifest) {
  // A member that is new in Manifest has to be kept, too, if render sets it.
  out.text(manifest.key.group);
  out.text(manifest.key.kind);
  out.text(manifest.key.namespace_);
  out.text(manifest.key.name);
  out.text(manifest.api_version);
  out.text(manifest.origin.file);
  out.number(manifest.origin.line);
  out.number(manifest.origin.document);
  out.text(json::write(manifest.body));
}

Manifest read_manifest(Reader& in) {
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
  Writer out;
  for (const Manifest& manifest : rendered.objects) write(out, manifest);
  out.number(static_cast<int64_t>(rendered.warnings.size()));
  for (const Warning& warning : rendered.warnings) {
    out.text(warning.message);
    out.text(warning.position.file);
    out.number(warning.position.line);
    out.number(warning.position.column);
  }
  std::string text = out.take();
  unpacked_bytes_ = text.size();
  text_ = deflated(text);
}

Manifests PackedManifests::unpack(RenderAgain render_again) const {
  const std::string text = inflated(text_, unpacked_bytes_);
  Reader in(text);
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
