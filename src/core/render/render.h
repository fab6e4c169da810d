// render: a path of a source tree -> Manifests.
//
// Pure: the same tree and request give the same bytes. The renderer is chosen by what stands in the
// folder: Chart.yaml (helm), kustomization.yaml, kustomization.yml or Kustomization (kustomize),
// else plain. A renderer this build does not have is an error, never a fallback. Files are read
// only through a RecordingTree, so Manifests.read_set is complete, missing files included. All
// errors of one run are in the one Error (Error::also), each with its file and line. A folder
// without manifests renders to no objects; whether that may prune is decided by the planner.
//
// The scope of kinds is not known here: metadata.namespace is left as written, and the planner
// fills in the app's target namespace. Reentrant.
#pragma once

#include <string>
#include <string_view>

#include "base/budget.h"
#include "base/result.h"
#include "model/manifests.h"
#include "model/overlay.h"
#include "model/substitution.h"

namespace plumb {

inline constexpr ErrorCode kRendererNotAvailable{201, "RendererNotAvailable"};
inline constexpr ErrorCode kNotAnObject{202, "NotAnObject"};
inline constexpr ErrorCode kMissingField{203, "MissingField"};
inline constexpr ErrorCode kDuplicateObject{204, "DuplicateObject"};
inline constexpr ErrorCode kBadName{205, "BadName"};
inline constexpr ErrorCode kBadLabel{206, "BadLabel"};
inline constexpr ErrorCode kBadAnnotation{207, "BadAnnotation"};
inline constexpr ErrorCode kBadFieldType{208, "BadFieldType"};
inline constexpr ErrorCode kBadSecretData{209, "BadSecretData"};
inline constexpr ErrorCode kEncryptedManifest{220, "EncryptedManifest"};
inline constexpr ErrorCode kObjectTooLarge{221, "ObjectTooLarge"};
inline constexpr ErrorCode kPathIgnored{222, "PathIgnored"};
inline constexpr ErrorCode kSubmodule{223, "SubmoduleNotRead"};

enum class RendererKind { plain, kustomize, helm };
[[nodiscard]] const char* to_string(RendererKind kind);

// Parameters of single renderers (values files, release name) become members here and part of
// cache_key.
struct RenderRequest {
  RelPath path = {};     // a folder, or one file
  Overlay overlay = {};  // before the substitution
  Substitution substitution = {};

  // Everything but the tree that the result depends on, the version of the renderers included.
  [[nodiscard]] std::string cache_key() const;
  friend bool operator==(const RenderRequest&, const RenderRequest&) = default;
};

[[nodiscard]] Result<Manifests> render(const SourceTree& tree, const RenderRequest& request,
                                       Budget& budget);

}  // namespace plumb
