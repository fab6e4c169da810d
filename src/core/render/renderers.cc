#include "core/render/renderers.h"

#include "base/text.h"
#include "core/render/kustomize/kustomize.h"
#include "core/render/plain/plain.h"

namespace plumb::rendering {
namespace {

struct Owner {
  const Renderer& renderer;
  RelPath marker;  // the file that decided; the folder itself for plain
};

Result<std::optional<Owner>> marked_owner(const SourceTree& tree, const RelPath& folder) {
  for (const Renderer& renderer : renderers()) {
    for (const char* marker : renderer.markers) {
      const RelPath path = folder.child(marker);
      const std::optional<EntryKind> kind = TRY(tree.kind(path));
      if (kind == EntryKind::file || kind == EntryKind::symlink) {
        return std::optional(Owner{renderer, path});
      }
    }
  }
  return std::optional<Owner>();
}

Error not_available(const Owner& owner) {
  const std::string name = to_string(owner.renderer.kind);
  return Error(kRendererNotAvailable, "\"" + escape_terminal(owner.marker.parent().display()) +
                                          "\" needs the " + name +
                                          " renderer, which this version does not have")
      .at({owner.marker.str(), 1, 0})
      .with_help(
          "commit the output of `helm template` as plain manifests in another folder, or list this "
          "one in .plumbignore");
}

// A folder inside a plain one that has a renderer of its own is rendered by it, as Flux does.
Result<std::optional<Documents>> render_marked(const SourceTree& tree, const RelPath& folder,
                                               Budget& budget, Problems& problems) {
  const std::optional<Owner> owner = TRY(marked_owner(tree, folder));
  if (!owner) return std::optional<Documents>();
  if (!owner->renderer.render) {
    problems.add(not_available(*owner));
    return std::optional(Documents{});
  }
  return std::optional(TRY(owner->renderer.render(tree, folder, budget, problems)));
}

Result<Documents> render_plain(const SourceTree& tree, const RelPath& path, Budget& budget,
                               Problems& problems) {
  return plain::render(tree, path, render_marked, budget, problems);
}

}  // namespace

const std::vector<Renderer>& renderers() {
  static const std::vector<Renderer> kRenderers = {
      {RendererKind::helm, 0, {"Chart.yaml"}, nullptr},
      {RendererKind::kustomize,
       1,
       {"kustomization.yaml", "kustomization.yml", "Kustomization"},
       kustomize::render},
      {RendererKind::plain, 1, {}, render_plain},
  };
  return kRenderers;
}

Result<Documents> render_documents(const SourceTree& tree, const RelPath& path, Budget& budget,
                                   Problems& problems) {
  if (TRY(tree.kind(path)) == EntryKind::directory) {
    std::optional<Documents> marked = TRY(render_marked(tree, path, budget, problems));
    if (marked) return *std::move(marked);
  }
  return render_plain(tree, path, budget, problems);
}

}  // namespace plumb::rendering
