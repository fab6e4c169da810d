#include "core/render/render.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "core/render/assemble.h"
#include "core/render/envsubst.h"
#include "core/render/renderers.h"

namespace plumb {
namespace {

constexpr size_t kMaxNamesShown = 12;

std::string quoted(const RelPath& path) {
  return "\"" + escape_terminal(path.display()) + "\"";
}

// Names the deepest folder that exists on the way and what is in it.
Result<Error> no_such_path(const SourceTree& tree, const RelPath& path) {
  RelPath above = path.parent();
  while (!above.is_root() && !TRY(tree.kind(above))) above = above.parent();
  if (TRY(tree.kind(above)) != EntryKind::directory) {
    return Error(kNoSuchPath, "there is no " + quoted(path) + " in the source: " + quoted(above) +
                                  " is not a folder");
  }
  std::vector<std::string> names;
  for (const TreeEntry& entry : TRY(tree.list(above))) names.push_back(entry.name);
  std::string holds = names.empty() ? "nothing" : "";
  for (size_t i = 0; i < std::min(names.size(), kMaxNamesShown); ++i) {
    holds += (i > 0 ? ", " : "") + escape_terminal(names[i]);
  }
  if (names.size() > kMaxNamesShown) {
    holds += " and " + std::to_string(names.size() - kMaxNamesShown) + " more";
  }
  const std::string wanted = path.parts()[above.parts().size()];
  const std::string near = nearest(wanted, names);
  const Error error(kNoSuchPath, "there is no " + quoted(path) +
                                     " in the source: " + quoted(above) + " holds " + holds);
  if (near.empty()) return error.with_help("set the path to a folder that exists");
  return error.with_help("did you mean " + quoted(above.child(near)) + "?");
}

Result<RelPath> locate(const SourceTree& tree, const RelPath& path) {
  RelPath found = TRY(resolve_links(tree, path));
  const std::optional<EntryKind> kind = TRY(tree.kind(found));
  if (!kind) return TRY(no_such_path(tree, found));
  if (kind == EntryKind::submodule) {
    return Error(kSubmodule, quoted(found) + " is a Git submodule, which is not read")
        .with_help("make a Repository of the submodule's own URL");
  }
  return found;
}

// A document whose variables cannot be replaced has that problem and is not looked at further.
void substitute_all(rendering::Documents& documents, const Substitution& substitution,
                    Budget& budget, rendering::Problems& problems) {
  std::erase_if(documents.documents, [&](rendering::SourceDocument& document) {
    Result<Value> value = rendering::substitute(document.value, substitution, budget);
    if (!value) {
      problems.add(value.error().at(document.origin.position()));
      return true;
    }
    document.value = *std::move(value);
    return false;
  });
}

}  // namespace

const char* to_string(RendererKind kind) {
  switch (kind) {
    case RendererKind::plain:
      return "plain";
    case RendererKind::kustomize:
      return "kustomize";
    case RendererKind::helm:
      return "helm";
  }
  return "";
}

std::string RenderRequest::cache_key() const {
  std::string key;
  for (const rendering::Renderer& renderer : rendering::renderers()) {
    key += to_string(renderer.kind) + std::to_string(renderer.version) + " ";
  }
  // Counts and lengths first, so that no text can pose as another.
  const auto add = [&key](const std::string& text) {
    key += " " + std::to_string(text.size()) + ":" + text;
  };
  const auto count = [&key](const char* what, size_t number) {
    key += std::string(" ") + what + std::to_string(number);
  };
  add(path.str());
  count("images", overlay.images.size());
  for (const ImageOverride& image : overlay.images) {
    for (const std::string* text : {&image.name, &image.new_name, &image.new_tag, &image.digest}) {
      add(*text);
    }
  }
  count("patches", overlay.patches.size());
  for (const OverlayPatch& patch : overlay.patches) {
    add(patch.text);
    count("targets", patch.target ? 1 : 0);
    const PatchTarget target = patch.target.value_or(PatchTarget());
    for (const std::string* text :
         {&target.group, &target.version, &target.kind, &target.name, &target.namespace_,
          &target.label_selector, &target.annotation_selector}) {
      add(*text);
    }
  }
  count("components", overlay.components.size());
  for (const std::string& component : overlay.components) add(component);
  // Values may be secret, and a key is kept longer than they are.
  Sha256 variables;
  for (const auto& [name, value] : substitution.variables) {
    variables.field(name);
    variables.field(value);
  }
  add(variables.finish().hex());
  return substitution.strict ? key + " strict" : key;
}

Result<Manifests> render(const SourceTree& tree, const RenderRequest& request, Budget& budget) {
  const RecordingTree recording(tree);
  const RelPath path = TRY(locate(recording, request.path));
  rendering::Problems problems;
  Result<rendering::Documents> documents =
      rendering::render_documents(recording, path, request.overlay, budget, problems);
  if (!documents) return problems.merged(documents.error());
  substitute_all(*documents, request.substitution, budget, problems);
  Result<Manifests> manifests = rendering::assemble(std::move(*documents), budget, problems);
  if (!manifests) return problems.merged(manifests.error());
  if (!problems.empty()) return problems.merged();
  manifests->read_set = recording.read_set();
  return manifests;
}

}  // namespace plumb
