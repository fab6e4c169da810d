#include "core/render/kustomize/origin.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "core/render/kustomize/repo_spec.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

// With its line break, so that it can stand behind a key.
std::string scalar_line(const std::string& text) {
  return yaml::write(Value(text));
}

// Paths put together and made short by their text alone; "../" may stand in front.
std::string joined_path(const std::string& folder, const std::string& path) {
  std::vector<std::string> parts;
  for (std::string& part : split(folder + "/" + path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(std::move(part));
    }
  }
  return join(parts, "/");
}

std::string annotation(const Resource& resource, std::string_view name) {
  const Value* const found = resource.value.find_path({"metadata", "annotations", name});
  return found == nullptr ? "" : scalar_text(*found);
}

}  // namespace

std::string BuildOrigin::text() const {
  std::string out;
  if (!path.empty()) out += "path: " + scalar_line(path);
  if (!repository.empty()) out += "repo: " + scalar_line(repository);
  if (!ref.empty()) out += "ref: " + scalar_line(ref);
  if (!configured_in.empty()) out += "configuredIn: " + scalar_line(configured_in);
  std::string by;
  for (const auto& [key, value] : {std::pair("apiVersion", &api_version), std::pair("kind", &kind),
                                   std::pair("name", &name), std::pair("namespace", &name_space)}) {
    if (!value->empty()) by += "  " + std::string(key) + ": " + scalar_line(*value);
  }
  if (!by.empty()) out += "configuredBy:\n" + by;
  return out.empty() ? "{}\n" : out;
}

BuildOrigin appended(const BuildOrigin& origin, const std::string& path) {
  BuildOrigin out = origin;
  const std::optional<RepoSpec> spec = parse_repo_spec(path);
  if (!spec) {
    out.path = joined_path(origin.path, path);
    return out;
  }
  out.repository = spec->clone_url();
  out.ref = spec->ref;
  out.path = joined_path("", spec->folder);
  // The original's name of the folder that it has not cloned to yet.
  if (out.path.empty()) out.path = "notCloned";
  return out;
}

void set_origin(Resource& resource, const BuildOrigin& origin) {
  resource.value.set_path({"metadata", "annotations", kOriginAnnotation}, Value(origin.text()));
}

bool has_origin(const Resource& resource) {
  return resource.value.find_path({"metadata", "annotations", kOriginAnnotation}) != nullptr;
}

void note_transformation(Resources& resources, const BuildOrigin& origin) {
  std::string item;
  for (const std::string& line : split(origin.text(), '\n')) {
    if (!line.empty()) item += (item.empty() ? "- " : "  ") + line + "\n";
  }
  for (Resource& resource : resources) {
    if (!has_origin(resource)) {
      set_origin(resource, origin);
      continue;
    }
    resource.value.set_path({"metadata", "annotations", kTransformationsAnnotation},
                            Value(annotation(resource, kTransformationsAnnotation) + item));
  }
}

std::optional<BuildOrigin> origin_by(const Resource& plugin) {
  if (!has_origin(plugin)) return std::nullopt;
  Budget budget;
  const auto origin = yaml::parse(annotation(plugin, kOriginAnnotation), "", budget);
  const Gvk gvk = plugin.gvk();
  const auto text = [&origin](std::string_view field) {
    return origin ? origin->string_at({field}) : std::string();
  };
  return BuildOrigin{.repository = text("repo"),
                     .ref = text("ref"),
                     .configured_in = text("path"),
                     .api_version = gvk.api_version(),
                     .kind = gvk.kind,
                     .name = plugin.name(),
                     .name_space = plugin.name_space()};
}

}  // namespace plumb::rendering::kustomize
