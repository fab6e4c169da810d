// Which objects a patch or a replacement is for. Every part is a regular expression (RE2) that has
// to fit as a whole; an empty part fits any. Behaviour of kustomize api v0.21.1 (types.Selector,
// types.SelectorRegex, resmap.Select). Immutable.
#pragma once

#include <memory>
#include <string>

#include "core/render/kustomize/label_selector.h"
#include "core/render/kustomize/resource.h"

namespace re2 {
class RE2;
}

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadSelector{1032, "SelectorInvalid"};

class Selector {
 public:
  // A map with group, version, kind, name, namespace, labelSelector and annotationSelector.
  [[nodiscard]] static Result<Selector> parse(const Value& value);

  // As patches ask: name and namespace of now or of the beginning, the kind of now. A selector of
  // labels or annotations that is none is found out only where it is asked.
  [[nodiscard]] Result<bool> selects(const Resource& resource) const;

  // As replacements ask.
  [[nodiscard]] bool matches_id(const ResourceId& id) const;
  [[nodiscard]] Result<bool> matches_labels(const Resource& resource) const;
  [[nodiscard]] bool has_id() const;
  [[nodiscard]] bool has_labels() const { return !labels_.empty() || !annotations_.empty(); }

 private:
  struct Pattern {
    std::shared_ptr<const re2::RE2> expression = nullptr;  // none: any
    [[nodiscard]] bool fits(const std::string& text) const;
  };

  Selector() = default;
  [[nodiscard]] static Result<Pattern> pattern(const std::string& text);
  [[nodiscard]] bool matches_gvk(const Gvk& gvk) const;

  Pattern group_, version_, kind_, name_, name_space_;
  std::string labels_;
  std::string annotations_;
};

// The objects of a selection, as indexes.
[[nodiscard]] Result<std::vector<size_t>> select(const Resources& resources,
                                                 const Selector& selector);

}  // namespace plumb::rendering::kustomize
