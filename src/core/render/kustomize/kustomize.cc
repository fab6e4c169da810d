#include "core/render/kustomize/kustomize.h"

#include <map>
#include <tuple>

#include "core/render/kustomize/build.h"

namespace plumb::rendering::kustomize {
namespace {

void add_all(std::vector<Resource> built, Documents& to) {
  to.documents.reserve(to.documents.size() + built.size());
  for (Resource& resource : built) {
    to.documents.push_back({.value = std::move(resource.value), .origin = resource.origin});
  }
}

Error placed(const Error& error, const RelPath& folder) {
  return error.while_doing("building \"" + folder.display() + "\"");
}

// Where a build would guess (it has annotations that are numbers as texts), what checks an object
// says it better.
bool is_object(const Value& value) {
  const Value* const annotations = value.find_path({"metadata", "annotations"});
  if (annotations != nullptr && !annotations->is_null()) {
    if (!annotations->is_map()) return false;
    for (const Member& annotation : *annotations->as_map()) {
      if (!annotation.value.is_string()) return false;
    }
  }
  return !value.string_at({"kind"}).empty() && !value.string_at({"metadata", "name"}).empty();
}

// Documents and the objects made of them, by where they stand.
std::tuple<std::string, int, int> place_of(const Origin& origin) {
  return {origin.file, origin.document, origin.line};
}

}  // namespace

Result<Documents> render(const SourceTree& tree, const RelPath& folder, const Overlay& overlay,
                         Budget& budget, Problems& problems) {
  Documents out;
  Result<std::vector<Resource>> built = build(tree, folder, budget, overlay);
  if (built) {
    add_all(*std::move(built), out);
  } else {
    problems.add(placed(built.error(), folder));
  }
  return out;
}

Result<Documents> render_loose(const SourceTree& tree, const RelPath& folder, Documents documents,
                               const std::vector<RelPath>& folders, const Overlay& overlay,
                               Budget& budget, Problems& problems) {
  Documents out{.documents = {}, .warnings = std::move(documents.warnings)};
  LooseResources loose{.objects = {}, .folders = folders};
  std::map<std::tuple<std::string, int, int>, std::shared_ptr<const FieldLines>> lines;
  for (SourceDocument& document : documents.documents) {
    if (!is_object(document.value)) {
      out.documents.push_back(std::move(document));
      continue;
    }
    lines[place_of(document.origin)] = std::move(document.lines);
    Resource resource;
    resource.value = std::move(document.value);
    resource.origin = std::move(document.origin);
    loose.objects.push_back(std::move(resource));
  }
  Result<std::vector<Resource>> built =
      build_loose(tree, folder, std::move(loose), budget, overlay);
  if (!built) {
    problems.add(placed(built.error(), folder));
    return out;
  }
  add_all(*std::move(built), out);
  for (SourceDocument& document : out.documents) {
    const auto found = lines.find(place_of(document.origin));
    if (found != lines.end() && !document.lines) document.lines = found->second;
  }
  return out;
}

}  // namespace plumb::rendering::kustomize
