#include "core/edit/image_updater.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace plumb::edit {
namespace {

using Path = std::vector<std::string>;

constexpr std::string_view kPrefix = "argocd-image-updater.argoproj.io/";

// Annotations by name without the prefix, of each document.
std::map<size_t, std::map<std::string, std::string>> annotations_in(
    const std::vector<yaml::ScalarPlace>& places) {
  std::map<size_t, std::map<std::string, std::string>> out;
  for (const yaml::ScalarPlace& place : places) {
    const Path& path = place.path;
    const size_t depth = path.size();
    const bool annotation = depth >= 3 && path[depth - 2] == "annotations" &&
                            path[depth - 3] == "metadata" && path[depth - 1].starts_with(kPrefix);
    if (annotation) out[place.document][path.back().substr(kPrefix.size())] = place.value;
  }
  return out;
}

// "web=reg.example/team/web:1.x": the constraint behind ":" is no part of the name.
UpdaterImage image_of(std::string_view item) {
  UpdaterImage out;
  const size_t equals = item.find('=');
  std::string_view name = equals == std::string_view::npos ? item : item.substr(equals + 1);
  if (equals != std::string_view::npos) out.alias = item.substr(0, equals);
  name = name.substr(0, name.find('@'));
  const size_t slash = name.rfind('/');
  const size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
  out.repository = name.substr(0, colon);
  return out;
}

void set_paths(UpdaterImage& image, const std::map<std::string, std::string>& annotations) {
  const auto set = [&](const std::string& name, std::string& to) {
    const auto at = annotations.find(image.alias + "." + name);
    if (at != annotations.end()) to = at->second;
  };
  set("helm.image-name", image.name_path);
  set("helm.image-tag", image.tag_path);
  set("helm.image-spec", image.spec_path);
  set("kustomize.image-name", image.kustomize);
  const auto target = annotations.find("write-back-target");
  constexpr std::string_view kValues = "helmvalues:";
  if (target != annotations.end() && target->second.starts_with(kValues)) {
    const std::string file = target->second.substr(kValues.size());
    image.values_file = file.substr(file.rfind('/') + 1);
  }
}

// The scalars of a file that an annotation's dotted path can mean.
class Fields {
 public:
  Fields(const std::string& file, const std::vector<yaml::ScalarPlace>& places) {
    name_ = file.substr(file.rfind('/') + 1);
    for (size_t i = 0; i < places.size(); ++i) {
      const Path& path = places[i].path;
      values_.emplace(join(path, "."), i);
      const size_t depth = path.size();
      const bool parameter =
          depth >= 4 && path[depth - 3] == "parameters" && path[depth - 4] == "helm";
      if (!parameter) continue;
      const Path entry(path.begin(), path.end() - 1);
      if (path.back() == "name") names_[{places[i].document, entry}] = places[i].value;
      if (path.back() == "value") entries_[{places[i].document, entry}] = i;
    }
    for (const auto& [entry, name] : names_) {
      const auto at = entries_.find(entry);
      if (at != entries_.end()) parameters_.emplace(name, at->second);
    }
  }

  [[nodiscard]] std::optional<size_t> at(const std::string& path, const UpdaterImage& image) const {
    if (const auto found = parameters_.find(path); found != parameters_.end()) {
      return found->second;
    }
    const bool values = name_.starts_with("values") || name_ == image.values_file;
    const auto found = values_.find(path);
    return values && found != values_.end() ? std::optional(found->second) : std::nullopt;
  }

 private:
  using Entry = std::pair<size_t, Path>;
  std::string name_;
  std::map<std::string, size_t> values_;
  std::map<std::string, size_t> parameters_;
  std::map<Entry, std::string> names_;
  std::map<Entry, size_t> entries_;
};

bool shares_a_place(const ImageSite& a, const ImageSite& b) {
  return (a.whole && a.whole == b.whole) || (a.tag && a.tag == b.tag) ||
         (a.name && a.name == b.name);
}

}  // namespace

std::vector<UpdaterImage> find_updater_images(const std::vector<yaml::ScalarPlace>& places) {
  std::vector<UpdaterImage> out;
  for (const auto& [document, annotations] : annotations_in(places)) {
    const auto list = annotations.find("image-list");
    if (list == annotations.end()) continue;
    for (const std::string& item : split(list->second, ',')) {
      UpdaterImage image = image_of(trim(item));
      if (image.alias.empty() || image.repository.empty()) continue;
      set_paths(image, annotations);
      out.push_back(std::move(image));
    }
  }
  return out;
}

void add_updater_sites(const std::vector<UpdaterImage>& images, const std::string& file,
                       const std::vector<yaml::ScalarPlace>& places,
                       std::vector<ImageSite>& sites) {
  const Fields fields(file, places);
  for (const UpdaterImage& image : images) {
    ImageSite site;
    site.repository = image.repository;
    site.aliases = {image.alias};
    if (!image.spec_path.empty()) {
      site.whole = fields.at(image.spec_path, image);
    } else {
      site.name = fields.at(image.name_path, image);
      site.tag = fields.at(image.tag_path, image);
    }
    bool known = false;
    for (ImageSite& other : sites) {
      const bool same = shares_a_place(site, other) ||
                        (!image.kustomize.empty() && other.repository == image.kustomize) ||
                        other.repository == image.repository;
      if (!same || other.is_marked) continue;
      other.aliases.push_back(image.alias);
      known = known || shares_a_place(site, other);
    }
    if (!known && (site.whole || site.tag)) sites.push_back(std::move(site));
  }
}

}  // namespace plumb::edit
