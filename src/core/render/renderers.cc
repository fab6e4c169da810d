#include "core/render/renderers.h"

#include "base/text.h"
#include "core/render/assemble.h"
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

Result<Documents> render_kustomize(const SourceTree& tree, const RelPath& path, Budget& budget,
                                   Problems& problems) {
  return kustomize::render(tree, path, Overlay(), budget, problems);
}

// Of a folder without a kustomization, or one file.
Result<Documents> render_loose(const SourceTree& tree, const RelPath& path, const Overlay& overlay,
                               Budget& budget, Problems& problems) {
  const bool is_folder = TRY(tree.kind(path)) == EntryKind::directory;
  // Kustomizations inside are built together with the rest: the overlay sees their objects by the
  // names that stand in their files, as Flux does.
  std::vector<RelPath> bases;
  const auto render_other = [&bases](const SourceTree& source, const RelPath& folder, Budget& rest,
                                     Problems& found) -> Result<std::optional<Documents>> {
    const std::optional<Owner> owner = TRY(marked_owner(source, folder));
    if (!owner || owner->renderer.kind != RendererKind::kustomize) {
      return render_marked(source, folder, rest, found);
    }
    bases.push_back(folder);
    return std::optional(Documents{});
  };
  std::optional<Documents> own;
  if (is_folder) own = TRY(render_marked(tree, path, budget, problems));
  if (!own) own = TRY(plain::render(tree, path, render_other, budget, problems));
  own->documents = expanded(std::move(own->documents));
  return kustomize::render_loose(tree, is_folder ? path : path.parent(), *std::move(own), bases,
                                 overlay, budget, problems);
}

}  // namespace

const std::vector<Renderer>& renderers() {
  static const std::vector<Renderer> kRenderers = {
      {RendererKind::helm, 0, {"Chart.yaml"}, nullptr},
      {RendererKind::kustomize,
       1,
       {"kustomization.yaml", "kustomization.yml", "Kustomization"},
       render_kustomize},
      {RendererKind::plain, 1, {}, render_plain},
  };
  return kRenderers;
}

Result<Documents> render_documents(const SourceTree& tree, const RelPath& path,
                                   const Overlay& overlay, Budget& budget, Problems& problems) {
  const bool is_folder = TRY(tree.kind(path)) == EntryKind::directory;
  if (!overlay.empty()) {
    const std::optional<Owner> owner =
        is_folder ? TRY(marked_owner(tree, path)) : std::optional<Owner>();
    if (owner && owner->renderer.kind == RendererKind::kustomize) {
      return kustomize::render(tree, path, overlay, budget, problems);
    }
    return render_loose(tree, path, overlay, budget, problems);
  }
  if (is_folder) {
    std::optional<Documents> marked = TRY(render_marked(tree, path, budget, problems));
    if (marked) return *std::move(marked);
  }
  return render_plain(tree, path, budget, problems);
}

}  // namespace plumb::rendering
