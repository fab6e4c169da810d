#include "core/edit/image_sites.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::edit {
namespace {

using Path = std::vector<std::string>;

bool is_kustomization(const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization";
}

Path parent_of(const Path& path) {
  return {path.begin(), path.end() - (path.empty() ? 0 : 1)};
}

// The scalars of one file by document and path.
class Places {
 public:
  explicit Places(const std::vector<yaml::ScalarPlace>& places) {
    for (size_t i = 0; i < places.size(); ++i) {
      index_.emplace(std::pair(places[i].document, places[i].path), i);
    }
  }

  [[nodiscard]] std::optional<size_t> at(size_t document, Path map, const char* key) const {
    map.emplace_back(key);
    const auto found = index_.find({document, map});
    return found == index_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::pair<size_t, Path>, size_t> index_;
};

struct Marker {
  std::string policy;  // "apps:web"
  std::string part;    // "", "name", "tag" or "digest"
};

std::optional<Marker> marker_in(std::string_view comment) {
  if (comment.empty()) return std::nullopt;
  const Result<Value> value = json::parse(trim(comment.substr(1)));
  if (!value) return std::nullopt;
  const std::vector<std::string> words = split(value->string_at({"$imagepolicy"}), ':');
  if (words.size() < 2 || words.size() > 3) return std::nullopt;
  return Marker{words[0] + ":" + words[1], words.size() == 3 ? words[2] : ""};
}

class SiteFinder {
 public:
  SiteFinder(const std::string& file, std::string_view text,
             const std::vector<yaml::ScalarPlace>& places)
      : file_(file), text_(text), places_(places), index_(places) {}

  std::vector<ImageSite> run() {
    for (size_t i = 0; i < places_.size(); ++i) {
      if (places_[i].path.empty()) continue;
      if (const auto marker = marker_in(yaml::comment_behind(text_, places_[i]))) {
        add_marked(i, *marker);
      } else {
        add_unmarked(i);
      }
    }
    return std::move(sites_);
  }

 private:
  void add_marked(size_t at, const Marker& marker) {
    ImageSite site;
    site.is_marked = true;
    site.aliases = {marker.policy, marker.policy.substr(marker.policy.find(':') + 1)};
    if (marker.part == "tag") {
      site.tag = at;
    } else if (marker.part == "name") {
      site.name = at;
      site.repository = places_[at].value;
    } else if (marker.part == "digest") {
      site.digest = at;
    } else {
      site.whole = at;
      if (const auto image = parse_image(places_[at].value)) site.repository = image->repository;
    }
    sites_.push_back(std::move(site));
  }

  void add_unmarked(size_t at) {
    const Path& path = places_[at].path;
    const std::string& key = path.back();
    const size_t depth = path.size();
    if (key == "image") {
      add_whole(at, places_[at].value, "");
    } else if (key == "name" && depth == 3 && path[0] == "images" && is_kustomization(file_)) {
      add_kustomize(at);
    } else if (key == "repository") {
      add_values(at);
    } else if (depth >= 3 && path[depth - 2] == "images" && path[depth - 3] == "kustomize") {
      const std::string& value = places_[at].value;
      const size_t equals = value.find('=');
      const size_t begin = equals == std::string::npos ? 0 : equals + 1;
      add_whole(at, value.substr(begin), value.substr(0, begin));
    }
  }

  void add_whole(size_t at, const std::string& value, std::string prefix) {
    // Of an alias only the name is known: it becomes a site so that whoever asks for it is told.
    const auto image = parse_image(value);
    if (!image) return;
    ImageSite site;
    site.repository = image->repository;
    if (!prefix.empty()) site.aliases.push_back(prefix.substr(0, prefix.size() - 1));
    site.prefix = std::move(prefix);
    site.whole = at;
    sites_.push_back(std::move(site));
  }

  [[nodiscard]] std::optional<size_t> sibling(size_t at, const char* key) const {
    const auto found = index_.at(places_[at].document, parent_of(places_[at].path), key);
    // A marked scalar belongs to its policy alone.
    if (found && marker_in(yaml::comment_behind(text_, places_[*found]))) return std::nullopt;
    return found;
  }

  void add_kustomize(size_t at) {
    ImageSite site;
    site.name = sibling(at, "newName");
    site.tag = sibling(at, "newTag");
    site.digest = sibling(at, "digest");
    site.repository = site.name ? places_[*site.name].value : places_[at].value;
    if (site.name) site.aliases.push_back(places_[at].value);
    if (site.name || site.tag || site.digest) sites_.push_back(std::move(site));
  }

  void add_values(size_t at) {
    ImageSite site;
    site.tag = sibling(at, "tag");
    site.digest = sibling(at, "digest");
    if (!site.tag && !site.digest) return;
    site.name = at;
    site.repository = places_[at].value;
    if (const auto registry = sibling(at, "registry");
        registry && !places_[*registry].value.empty()) {
      site.aliases.push_back(places_[*registry].value + "/" + site.repository);
    }
    sites_.push_back(std::move(site));
  }

  const std::string& file_;
  std::string_view text_;
  const std::vector<yaml::ScalarPlace>& places_;
  Places index_;
  std::vector<ImageSite> sites_;
};

// RFC 6901.
Path pointer_parts(const std::string& pointer) {
  Path parts = split(std::string_view(pointer).substr(1), '/');
  for (std::string& part : parts) {
    for (const auto& [escape, sign] : {std::pair("~1", '/'), std::pair("~0", '~')}) {
      for (size_t at = part.find(escape); at != std::string::npos; at = part.find(escape, at + 1)) {
        part.replace(at, 2, 1, sign);
      }
    }
  }
  return parts;
}

bool set_part(ImageSite& site, const std::string& key, size_t at, const std::string& value) {
  if (key == "tag" || key == "newTag") {
    site.tag = at;
  } else if (key == "digest") {
    site.digest = at;
  } else if (key == "repository" || key == "newName") {
    site.name = at;
    site.repository = value;
  } else {
    return false;
  }
  return true;
}

}  // namespace

size_t ImageSite::first() const {
  for (const auto& one : {whole, tag, name}) {
    if (one) return *one;
  }
  return digest.value_or(0);
}

std::vector<ImageSite> find_image_sites(const std::string& file, std::string_view text,
                                        const std::vector<yaml::ScalarPlace>& places) {
  return SiteFinder(file, text, places).run();
}

std::optional<ImageSite> site_at(const std::string& pointer,
                                 const std::vector<yaml::ScalarPlace>& places) {
  const Path wanted = pointer_parts(pointer);
  ImageSite site;
  bool found = false;
  for (size_t i = 0; i < places.size(); ++i) {
    const Path& path = places[i].path;
    if (path == wanted) {
      if (!set_part(site, path.back(), i, places[i].value)) {
        site.whole = i;
        if (const auto image = parse_image(places[i].value)) site.repository = image->repository;
      }
      return site;
    }
    if (!path.empty() && parent_of(path) == wanted) {
      found = set_part(site, path.back(), i, places[i].value) || found;
    }
  }
  return found ? std::optional(site) : std::nullopt;
}

}  // namespace plumb::edit
