#include "core/render/kustomize/config.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/text.h"
#include "core/render/kustomize/order.h"

namespace plumb::rendering::kustomize {
namespace {

int rank(std::string_view kind) {
  for (size_t i = 0; i < kFirstKinds.size(); ++i) {
    if (kFirstKinds[i] == kind) return static_cast<int>(i) - static_cast<int>(kFirstKinds.size());
  }
  for (size_t i = 0; i < kLastKinds.size(); ++i) {
    if (kLastKinds[i] == kind) return static_cast<int>(i) + 1;
  }
  return 0;
}

std::string sort_text(const FieldSpec& spec) {
  const auto or_else = [](std::string_view text, std::string_view other) {
    return std::string(text.empty() ? other : text);
  };
  return or_else(spec.group, "~G") + "_" + or_else(spec.version, "~V") + "_" +
         or_else(spec.kind, "~K");
}

bool before(const FieldSpec& a, const FieldSpec& b) {
  const int left = rank(a.kind);
  const int right = rank(b.kind);
  return left != right ? left < right : sort_text(a) < sort_text(b);
}

void sort_specs(FieldSpecs& specs) {
  std::stable_sort(specs.begin(), specs.end(), before);
}

bool is_selected(const FieldSpec& x, const FieldSpec& by) {
  return (by.group.empty() || by.group == x.group) &&
         (by.version.empty() || by.version == x.version) && (by.kind.empty() || by.kind == x.kind);
}

bool same_target(const FieldSpec& a, const FieldSpec& b) {
  return std::tie(a.group, a.version, a.kind) == std::tie(b.group, b.version, b.kind);
}

constexpr std::array kLists = {&TransformerConfig::name_prefix,
                               &TransformerConfig::name_suffix,
                               &TransformerConfig::name_space,
                               &TransformerConfig::common_labels,
                               &TransformerConfig::labels,
                               &TransformerConfig::template_labels,
                               &TransformerConfig::common_annotations,
                               &TransformerConfig::var_references,
                               &TransformerConfig::images,
                               &TransformerConfig::replicas};

}  // namespace

TransformerConfig default_config() {
  const auto all = [](std::span<const FieldSpec> specs) {
    return FieldSpecs(specs.begin(), specs.end());
  };
  TransformerConfig out{.name_prefix = all(name_prefix_fields()),
                        .name_suffix = all(name_suffix_fields()),
                        .name_space = all(namespace_fields()),
                        .common_labels = all(common_label_fields()),
                        .labels = {},
                        .template_labels = all(template_label_fields()),
                        .common_annotations = all(common_annotation_fields()),
                        .var_references = all(var_reference_fields()),
                        .images = all(image_fields()),
                        .replicas = all(replica_fields()),
                        .name_references = {}};
  for (const NameReference& reference : name_references()) {
    out.name_references.push_back(
        {{reference.group, reference.version, reference.kind, "", false}, all(reference.fields)});
  }
  sort_config(out);
  return out;
}

void sort_config(TransformerConfig& config) {
  for (const auto list : kLists) sort_specs(config.*list);
  std::stable_sort(
      config.name_references.begin(), config.name_references.end(),
      [](const BackReferences& a, const BackReferences& b) { return before(a.target, b.target); });
}

Result<void> merge_specs(FieldSpecs& to, std::span<const FieldSpec> more) {
  for (const FieldSpec& spec : more) {
    const auto same = std::find_if(to.begin(), to.end(), [&](const FieldSpec& there) {
      return there.path == spec.path && is_selected(there, spec);
    });
    if (same == to.end()) {
      to.push_back(spec);
    } else if (same->create != spec.create) {
      return Error(kConflictingFieldSpecs,
                   "field \"" + escape_terminal(shorten(spec.path)) +
                       "\" is given once with create: true and once without");
    }
  }
  return {};
}

Result<void> merge_config(TransformerConfig& to, const TransformerConfig& more) {
  for (const auto list : kLists) TRY(merge_specs(to.*list, more.*list));
  for (const BackReferences& reference : more.name_references) {
    bool found = false;
    for (BackReferences& there : to.name_references) {
      if (!same_target(there.target, reference.target)) continue;
      TRY(merge_specs(there.fields, reference.fields));
      found = true;
    }
    if (!found) to.name_references.push_back(reference);
  }
  sort_config(to);
  return {};
}

}  // namespace plumb::rendering::kustomize
