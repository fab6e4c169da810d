#include "core/render/kustomize/plugins.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/render/kustomize/content_hash.h"
#include "core/render/kustomize/patch_plugins.h"
#include "core/render/kustomize/transform.h"
#include "core/render/kustomize/value_add.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::array kGenerators = {"ConfigMapGenerator", "SecretGenerator", "IAMPolicyGenerator",
                                    "HelmChartInflationGenerator"};

Error bad_plugin(const Resource& plugin, const std::string& what) {
  return Error(kBadPlugin, plugin.id().display() + ": " + what).at(plugin.origin.position());
}

bool is_generator(const std::string& kind) {
  return std::find(kGenerators.begin(), kGenerators.end(), kind) != kGenerators.end();
}

Result<void> check_builtin(const Resource& plugin) {
  if (plugin.value.string_at({"apiVersion"}) == "builtin") return {};
  return Error(kForeignPlugin, plugin.id().display() + " is not a built-in plugin")
      .at(plugin.origin.position())
      .with_help("plugins that are programs are not run; commit what they make");
}

using Run = std::function<Result<void>(Resources&)>;

class Configured {
 public:
  Configured(const Resource& plugin, const PluginContext& context)
      : plugin_(plugin),
        context_(context),
        value_(plugin.value),
        specs_(context.texts.specs(value_.find("fieldSpecs"))) {}

  Result<Run> make() {
    const std::string kind = plugin_.kind();
    if (kind == "AnnotationsTransformer") return entries("annotations");
    if (kind == "LabelTransformer") return entries("labels");
    if (kind == "NamespaceTransformer") return placement();
    if (kind == "PrefixTransformer") return affixes(true, false);
    if (kind == "SuffixTransformer") return affixes(false, true);
    if (kind == "PrefixSuffixTransformer") return affixes(true, true);
    if (kind == "ImageTagTransformer") return image();
    if (kind == "ReplicaCountTransformer") return replicas();
    if (kind == "HashTransformer") {
      return Run([](Resources& resources) -> Result<void> {
        add_content_hashes(resources);
        return {};
      });
    }
    const Position where = plugin_.origin.position();
    if (kind == "PatchTransformer") return patch_transformer(value_, context_, where);
    if (kind == "PatchJson6902Transformer") {
      return json_patch_transformer(value_, "jsonOp", context_, where);
    }
    if (kind == "PatchStrategicMergeTransformer") {
      return strategic_merge_transformer(texts_of(value_.find("paths")),
                                         value_.string_at({"patches"}), context_, where);
    }
    if (kind == "ValueAddTransformer") return value_add_transformer(value_, context_, where);
    if (kind == "ReplacementTransformer") {
      const Value* const list = value_.find("replacements");
      return replacement_transformer(list != nullptr && list->is_list() ? *list->as_list() : List(),
                                     context_, where);
    }
    if (is_generator(kind)) return bad_plugin(plugin_, "this is a generator, not a transformer");
    return bad_plugin(plugin_, "there is no such built-in plugin");
  }

 private:
  Run entries(const char* field) {
    return [pairs = text_map_of(value_.find(field)), specs = specs_](Resources& resources) {
      return set_entries(resources, pairs, specs);
    };
  }

  Result<Run> placement() {
    Placement out{.name_space = value_.string_at({"metadata", "namespace"}),
                  .unset_only = value_.bool_at({"unsetOnly"})};
    const std::string subjects = value_.string_at({"setRoleBindingSubjects"});
    if (subjects == "allServiceAccounts") {
      out.subjects = Subjects::service_accounts;
    } else if (subjects == "none") {
      out.subjects = Subjects::none;
    } else if (!subjects.empty() && subjects != "defaultOnly") {
      return bad_plugin(plugin_,
                        "setRoleBindingSubjects has to be defaultOnly, allServiceAccounts or none");
    }
    return Run([out, specs = specs_](Resources& resources) {
      return set_namespace(resources, out, specs);
    });
  }

  Result<Run> affixes(bool prefix, bool suffix) {
    const Value* const given = value_.find("fieldSpecs");
    if (given == nullptr || given->is_null()) return bad_plugin(plugin_, "fieldSpecs is missing");
    const std::string front = prefix ? value_.string_at({"prefix"}) : "";
    const std::string back = suffix ? value_.string_at({"suffix"}) : "";
    return Run([front, back, specs = specs_](Resources& resources) -> Result<void> {
      TRY(add_prefix(resources, front, specs));
      return add_suffix(resources, back, specs);
    });
  }

  Run image() {
    const Value* const tag = value_.find("imageTag");
    return [change = ImageChange::of(tag == nullptr ? Value() : *tag),
            specs = specs_](Resources& resources) { return set_image(resources, change, specs); };
  }

  Run replicas() {
    return [name = value_.string_at({"replica", "name"}),
            count = value_.integer_at({"replica", "count"}).value_or(0), specs = specs_](
               Resources& resources) { return set_replicas(resources, name, count, specs); };
  }

  const Resource& plugin_;
  const PluginContext& context_;
  const Value& value_;
  FieldSpecs specs_;
};

// A service account of Kubernetes that stands for one of Google's.
Result<Resources> iam_policy(const Resource& plugin, const PluginContext& context) {
  const Value& value = plugin.value;
  if (value.string_at({"cloud"}) != "gke") return bad_plugin(plugin, "cloud has to be gke");
  Resource out;
  out.origin = plugin.origin;
  out.schemas = &context.schemas;
  out.value = Value::map({{"apiVersion", "v1"}, {"kind", "ServiceAccount"}});
  out.value.set_path(
      {"metadata", "annotations", "iam.gke.io/gcp-service-account"},
      Value(value.string_at({"serviceAccount", "name"}) + "@" +
            value.string_at({"serviceAccount", "projectId"}) + ".iam.gserviceaccount.com"));
  out.value.set_path({"metadata", "name"}, Value(value.string_at({"kubernetesService", "name"})));
  const std::string name_space = value.string_at({"kubernetesService", "namespace"});
  if (!name_space.empty()) out.value.set_path({"metadata", "namespace"}, Value(name_space));
  return Resources{std::move(out)};
}

}  // namespace

Result<Transformer> plugin_transformer(const Resource& plugin, const PluginContext& context) {
  TRY(check_builtin(plugin));
  return Transformer{.run = TRY(Configured(plugin, context).make()),
                     .where = plugin.origin.position(),
                     .origin = origin_by(plugin)};
}

Result<Resources> plugin_generate(const Resource& plugin, const PluginContext& context) {
  TRY(check_builtin(plugin));
  const std::string kind = plugin.kind();
  if (kind == "IAMPolicyGenerator") return iam_policy(plugin, context);
  if (kind == "HelmChartInflationGenerator") {
    return Error(kUnsupportedField, kind + " is not rendered by this version")
        .at(plugin.origin.position())
        .with_help("commit the output of `helm template` and list it under resources");
  }
  if (!is_generator(kind)) return bad_plugin(plugin, "this is not a built-in generator");
  Value arguments = plugin.value;
  for (const char* field : {"name", "namespace"}) {
    if (arguments.string_at({field}).empty()) {
      arguments.set(field, arguments.string_at({"metadata", field}));
    }
  }
  const Generated generated = kind == "SecretGenerator" ? Generated::secret : Generated::config_map;
  return Resources{TRY(generate(generated, arguments, context.loader, plugin.origin.position(),
                                context.schemas, context.budget))};
}

}  // namespace plumb::rendering::kustomize
