// A kustomization.yaml as it stands, with what is old in it put into new words (bases, imageTags,
// env). Strict: a field that kustomize v5.8.1 does not know, or of another type, is an error with
// its line; so all that is read from it has the type it should have. Values.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/render/kustomize/loader.h"
#include "lang/yaml/yaml.h"
#include "model/overlay.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kNoKustomization{1010, "KustomizationMissing"};
inline constexpr ErrorCode kManyKustomizations{1011, "KustomizationAmbiguous"};
inline constexpr ErrorCode kBadKustomization{1012, "KustomizationInvalid"};
inline constexpr ErrorCode kUnsupportedField{1013, "KustomizeFieldNotSupported"};

using TextMap = std::vector<std::pair<std::string, std::string>>;  // sorted by key

class Kustomization {
 public:
  // With what an App adds to it (after fluxcd/pkg/kustomize: components and patches come behind its
  // own, images by their names); the position of that is the field of the App: "spec.patches[0]".
  [[nodiscard]] static Result<Kustomization> load(const Loader& loader, Budget& budget,
                                                  const Overlay& overlay = {});
  // Of a folder that has none.
  [[nodiscard]] static Kustomization of(const Overlay& overlay);

  [[nodiscard]] bool is_component() const { return is_component_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] Position position(const std::vector<std::string>& path) const;
  [[nodiscard]] Error invalid(const std::vector<std::string>& path, const std::string& what) const;

  [[nodiscard]] const Value* find(std::string_view field) const { return value_.find(field); }
  // A list, map or text that is not empty.
  [[nodiscard]] bool has(std::string_view field) const;
  [[nodiscard]] std::string text(std::string_view field) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view field) const;
  [[nodiscard]] TextMap text_map(std::string_view field) const;
  // The elements of a list of maps; none where the field is absent.
  [[nodiscard]] List items(std::string_view field) const;

 private:
  Kustomization() = default;
  [[nodiscard]] Result<void> check(bool may_be_empty);
  void modernise();
  void extend(const Overlay& overlay);
  void extend_list(const char* field, const List& more);

  yaml::Document document_;  // for its lines
  Value value_ = Value::map();
  std::string file_;
  bool is_component_ = false;
  std::map<std::vector<std::string>, std::string> added_;  // path here -> field of the App
};

// What is no text, or no list or map of texts, counts as its text or as none.
[[nodiscard]] TextMap text_map_of(const Value* value);
[[nodiscard]] std::vector<std::string> texts_of(const Value* value);

}  // namespace plumb::rendering::kustomize
