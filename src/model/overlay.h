// Overlay: what an App changes in all that its path renders to, beside variables: its own images,
// patches and components, as if they stood in the kustomization of that path. A value. The fields
// are those of Flux's Kustomization (kustomize-controller v1, apis/kustomize).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace plumb {

struct ImageOverride {
  std::string name;  // as it stands in the manifests, without tag and digest
  std::string new_name = {};
  std::string new_tag = {};
  std::string digest = {};
  friend bool operator==(const ImageOverride&, const ImageOverride&) = default;
};

// The objects of a patch: what is empty fits all; group to namespace are regular expressions that
// must fit the whole text.
struct PatchTarget {
  std::string group = {};
  std::string version = {};
  std::string kind = {};
  std::string name = {};
  std::string namespace_ = {};
  std::string label_selector = {};
  std::string annotation_selector = {};
  friend bool operator==(const PatchTarget&, const PatchTarget&) = default;
};

struct OverlayPatch {
  std::string text;  // strategic merge, or JSON 6902
  std::optional<PatchTarget> target = {};
  friend bool operator==(const OverlayPatch&, const OverlayPatch&) = default;
};

struct Overlay {
  std::vector<ImageOverride> images = {};
  std::vector<OverlayPatch> patches = {};
  std::vector<std::string> components = {};  // folders, from the App's path on

  [[nodiscard]] bool empty() const {
    return images.empty() && patches.empty() && components.empty();
  }
  friend bool operator==(const Overlay&, const Overlay&) = default;
};

}  // namespace plumb
