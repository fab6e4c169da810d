// The table of renderers. Adding one is a folder beside plain/ and its line in renderers.cc.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/render/document.h"
#include "core/render/render.h"
#include "model/overlay.h"

namespace plumb::rendering {

struct Renderer {
  RendererKind kind;
  int version;                       // raise it when the same input renders to other bytes
  std::vector<const char*> markers;  // a folder with one of these files is this renderer's
  // Not set while this build cannot render the kind.
  std::function<Result<Documents>(const SourceTree& tree, const RelPath& path, Budget& budget,
                                  Problems& problems)>
      render;
};

[[nodiscard]] const std::vector<Renderer>& renderers();

// Renders a folder, or one file, with the renderer it belongs to, and changes it by the overlay.
// Problems of single files are
// added; an error is returned when nothing more can be read.
[[nodiscard]] Result<Documents> render_documents(const SourceTree& tree, const RelPath& path,
                                                 const Overlay& overlay, Budget& budget,
                                                 Problems& problems);

}  // namespace plumb::rendering
