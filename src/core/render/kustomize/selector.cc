#include "core/render/kustomize/selector.h"

#include <re2/re2.h>

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

std::string text_at(const Value& value, std::string_view field) {
  const Value* const found = value.find(field);
  return found == nullptr ? std::string() : scalar_text(*found);
}

Result<bool> matches_map(const Resource& resource, const char* field, const std::string& text) {
  if (text.empty()) return true;
  const LabelSelector selector = TRY(LabelSelector::parse(text));
  const Value* const map = resource.value.find_path({"metadata", field});
  return selector.matches([map](const std::string& key) -> std::optional<std::string> {
    const Value* const found = map == nullptr ? nullptr : map->find(key);
    if (found == nullptr) return std::nullopt;
    return scalar_text(*found);
  });
}

}  // namespace

bool Selector::Pattern::fits(const std::string& text) const {
  return expression == nullptr || RE2::PartialMatch(text, *expression);
}

Result<Selector::Pattern> Selector::pattern(const std::string& text) {
  if (text.empty()) return Pattern{};
  RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_shared<const RE2>("^(?:" + text + ")$", options);
  if (!expression->ok()) {
    return Error(kBadSelector, "\"" + escape_terminal(shorten(text)) +
                                   "\" is no regular expression: " + expression->error());
  }
  return Pattern{std::move(expression)};
}

Result<Selector> Selector::parse(const Value& value) {
  Selector out;
  out.group_ = TRY(pattern(text_at(value, "group")));
  out.version_ = TRY(pattern(text_at(value, "version")));
  out.kind_ = TRY(pattern(text_at(value, "kind")));
  out.name_ = TRY(pattern(text_at(value, "name")));
  out.name_space_ = TRY(pattern(text_at(value, "namespace")));
  out.labels_ = text_at(value, "labelSelector");
  out.annotations_ = text_at(value, "annotationSelector");
  return out;
}

bool Selector::matches_gvk(const Gvk& gvk) const {
  return group_.fits(gvk.group) && version_.fits(gvk.version) && kind_.fits(gvk.kind);
}

bool Selector::matches_id(const ResourceId& id) const {
  return matches_gvk(id.gvk) && name_.fits(id.name) && name_space_.fits(id.name_space);
}

bool Selector::has_id() const {
  for (const Pattern* part : {&group_, &version_, &kind_, &name_, &name_space_}) {
    if (part->expression != nullptr) return true;
  }
  return false;
}

Result<bool> Selector::matches_labels(const Resource& resource) const {
  const bool annotations = TRY(matches_map(resource, "annotations", annotations_));
  return TRY(matches_map(resource, "labels", labels_)) && annotations;
}

Result<bool> Selector::selects(const Resource& resource) const {
  const ResourceId now = resource.id();
  if (!matches_gvk(now.gvk)) return false;
  const ResourceId before = resource.original_id();
  if (!name_.fits(before.name) && !name_.fits(now.name)) return false;
  if (!name_space_.fits(before.effective_namespace()) &&
      !name_space_.fits(now.effective_namespace())) {
    return false;
  }
  if (!TRY(matches_map(resource, "labels", labels_))) return false;
  return matches_map(resource, "annotations", annotations_);
}

Result<std::vector<size_t>> select(const Resources& resources, const Selector& selector) {
  std::vector<size_t> out;
  for (size_t i = 0; i < resources.size(); ++i) {
    if (TRY(selector.selects(resources[i]))) out.push_back(i);
  }
  return out;
}

}  // namespace plumb::rendering::kustomize
