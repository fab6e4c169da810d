#include "core/render/kustomize/patch_plugins.h"
#include "core/render/kustomize/plugins.h"
#include "core/render/kustomize/transform.h"

namespace plumb::rendering::kustomize {
namespace {

class FieldTransformers {
 public:
  FieldTransformers(const Kustomization& kustomization, const TransformerConfig& config,
                    const PluginContext& context)
      : kustomization_(kustomization), config_(config), context_(context) {}

  Result<std::vector<Transformer>> make() {
    TRY(strategic_merge_patches());
    TRY(patches());
    place_and_rename();
    TRY(labels());
    annotations();
    TRY(json_patches());
    replicas();
    images();
    TRY(replacements());
    return std::move(out_);
  }

 private:
  void add(const char* kind, const std::vector<std::string>& path,
           std::function<Result<void>(Resources&)> run) {
    out_.push_back({.run = std::move(run),
                    .where = kustomization_.position(path),
                    .origin = BuildOrigin{.api_version = "builtin", .kind = kind}});
  }

  [[nodiscard]] Position position(const char* field, size_t index) const {
    return kustomization_.position({field, std::to_string(index)});
  }

  Result<void> strategic_merge_patches() {
    const std::vector<std::string> paths = kustomization_.texts("patchesStrategicMerge");
    if (paths.empty()) return {};
    add("PatchStrategicMergeTransformer", {"patchesStrategicMerge"},
        TRY(strategic_merge_transformer(paths, "", context_,
                                        kustomization_.position({"patchesStrategicMerge"}))));
    return {};
  }

  Result<void> patches() {
    const List items = kustomization_.items("patches");
    for (size_t i = 0; i < items.size(); ++i) {
      add("PatchTransformer", {"patches", std::to_string(i)},
          TRY(patch_transformer(items[i], context_, position("patches", i))));
    }
    return {};
  }

  Result<void> json_patches() {
    const List items = kustomization_.items("patchesJson6902");
    for (size_t i = 0; i < items.size(); ++i) {
      add("PatchJson6902Transformer", {"patchesJson6902", std::to_string(i)},
          TRY(json_patch_transformer(items[i], "patch", context_, position("patchesJson6902", i))));
    }
    return {};
  }

  Result<void> replacements() {
    const List items = kustomization_.items("replacements");
    if (items.empty()) return {};
    add("ReplacementTransformer", {"replacements"},
        TRY(replacement_transformer(items, context_, kustomization_.position({"replacements"}))));
    return {};
  }

  void place_and_rename() {
    if (const std::string name = kustomization_.text("namespace"); !name.empty()) {
      add("NamespaceTransformer", {"namespace"},
          [name, this_config = &config_](Resources& resources) {
            return set_namespace(resources, {name}, this_config->name_space);
          });
    }
    if (const std::string prefix = kustomization_.text("namePrefix"); !prefix.empty()) {
      add("PrefixTransformer", {"namePrefix"},
          [prefix, this_config = &config_](Resources& resources) {
            return add_prefix(resources, prefix, this_config->name_prefix);
          });
    }
    if (const std::string suffix = kustomization_.text("nameSuffix"); !suffix.empty()) {
      add("SuffixTransformer", {"nameSuffix"},
          [suffix, this_config = &config_](Resources& resources) {
            return add_suffix(resources, suffix, this_config->name_suffix);
          });
    }
  }

  void add_labels(TextMap pairs, FieldSpecs specs, const std::vector<std::string>& path) {
    add("LabelTransformer", path,
        [pairs = std::move(pairs), specs = std::move(specs)](Resources& resources) {
          return set_entries(resources, pairs, specs);
        });
  }

  Result<void> labels() {
    const List items = kustomization_.items("labels");
    const TextMap common = kustomization_.text_map("commonLabels");
    if (items.empty() && common.empty()) return {};
    for (size_t i = 0; i < items.size(); ++i) {
      Result<FieldSpecs> specs = label_specs(items[i]);
      if (!specs) {
        return specs.error().at(kustomization_.position({"labels", std::to_string(i)}));
      }
      add_labels(text_map_of(items[i].find("pairs")), *std::move(specs),
                 {"labels", std::to_string(i)});
    }
    add_labels(common, config_.common_labels, {"commonLabels"});
    return {};
  }

  Result<FieldSpecs> label_specs(const Value& label) {
    FieldSpecs specs = context_.texts.specs(label.find("fields"));
    TRY(merge_specs(specs, config_.labels));
    if (label.bool_at({"includeSelectors"})) {
      TRY(merge_specs(specs, config_.common_labels));
      return specs;
    }
    if (label.bool_at({"includeTemplates"})) TRY(merge_specs(specs, config_.template_labels));
    const FieldSpec metadata{"", "", "", "metadata/labels", true};
    TRY(merge_specs(specs, std::span(&metadata, 1)));
    return specs;
  }

  void annotations() {
    const TextMap pairs = kustomization_.text_map("commonAnnotations");
    if (pairs.empty()) return;
    add("AnnotationsTransformer", {"commonAnnotations"},
        [pairs, this_config = &config_](Resources& resources) {
          return set_entries(resources, pairs, this_config->common_annotations);
        });
  }

  void replicas() {
    const List items = kustomization_.items("replicas");
    for (size_t i = 0; i < items.size(); ++i) {
      const Value& item = items[i];
      const std::string name = item.string_at({"name"});
      const int64_t count = item.integer_at({"count"}).value_or(0);
      add("ReplicaCountTransformer", {"replicas", std::to_string(i)},
          [name, count, this_config = &config_](Resources& resources) {
            return set_replicas(resources, name, count, this_config->replicas);
          });
    }
  }

  void images() {
    const List items = kustomization_.items("images");
    for (size_t i = 0; i < items.size(); ++i) {
      add("ImageTagTransformer", {"images", std::to_string(i)},
          [change = ImageChange::of(items[i]), this_config = &config_](Resources& resources) {
            return set_image(resources, change, this_config->images);
          });
    }
  }

  const Kustomization& kustomization_;
  const TransformerConfig& config_;
  const PluginContext& context_;
  std::vector<Transformer> out_;
};

}  // namespace

Result<std::vector<Transformer>> field_transformers(const Kustomization& kustomization,
                                                    const TransformerConfig& config,
                                                    const PluginContext& context) {
  return FieldTransformers(kustomization, config, context).make();
}

}  // namespace plumb::rendering::kustomize
