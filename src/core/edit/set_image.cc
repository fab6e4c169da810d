#include "core/edit/set_image.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/edit/image_sites.h"
#include "core/edit/image_updater.h"

namespace plumb::edit {
namespace {

struct File {
  std::string name;
  std::string text;
  std::vector<yaml::ScalarPlace> places;
  std::vector<ImageSite> sites;
};

struct Target {
  size_t file;
  ImageSite site;
};

bool is_yaml(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json") ||
         name == "Kustomization";
}

Result<void> read_file(const SourceTree& tree, const RelPath& path, std::vector<File>& files,
                       Budget& budget) {
  TRY(budget.spend_files());
  File file{.name = path.str(),
            .text = TRY(tree.read(path, budget.limits().file_bytes)),
            .places = {},
            .sites = {}};
  TRY(budget.spend_total_bytes(file.text.size()));
  file.places = TRY(yaml::find_scalars(file.text, file.name, budget));
  file.sites = find_image_sites(file.name, file.text, file.places);
  files.push_back(std::move(file));
  return {};
}

// Applications say of the values and parameters of all files which image they hold.
void add_updater_sites(std::vector<File>& files) {
  std::vector<UpdaterImage> images;
  for (const File& file : files) {
    for (UpdaterImage& image : find_updater_images(file.places)) images.push_back(std::move(image));
  }
  if (images.empty()) return;
  for (File& file : files) add_updater_sites(images, file.name, file.places, file.sites);
}

Result<std::vector<File>> read_files(const SourceTree& tree, const RelPath& root, Budget& budget) {
  std::vector<File> files;
  const auto kind = TRY(tree.kind(root));
  if (!kind) return Error(kNoSuchPath, "there is nothing at " + root.display());
  if (kind == EntryKind::file) {
    TRY(read_file(tree, root, files, budget));
    return files;
  }
  std::vector<RelPath> folders{root};
  while (!folders.empty()) {
    const RelPath folder = std::move(folders.back());
    folders.pop_back();
    const std::vector<TreeEntry> entries = TRY(tree.list(folder));
    const bool is_chart = std::any_of(entries.begin(), entries.end(), [](const TreeEntry& entry) {
      return entry.name == "Chart.yaml";
    });
    for (const TreeEntry& entry : entries) {
      const RelPath path = folder.child(entry.name);
      if (entry.kind == EntryKind::file && is_yaml(entry.name)) {
        TRY(read_file(tree, path, files, budget));
      }
      const bool skipped = entry.name.starts_with('.') || (is_chart && entry.name == "templates");
      if (entry.kind == EntryKind::directory && !skipped) folders.push_back(path);
    }
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

std::string shown(const std::string& text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

std::string last_part(const std::string& repository) {
  return repository.substr(repository.rfind('/') + 1);
}

Error not_found(const ImageSetting& setting, const std::vector<File>& files, const RelPath& path) {
  std::set<std::string> known;
  for (const File& file : files) {
    for (const ImageSite& site : file.sites) {
      if (!site.repository.empty()) known.insert(site.repository);
      known.insert(site.aliases.begin(), site.aliases.end());
    }
  }
  const std::vector<std::string> names(known.begin(), known.end());
  constexpr size_t kMostShown = 10;
  const std::vector<std::string> some(
      names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(kMostShown, names.size())));
  const std::string near = nearest(setting.name, names);
  const Error error(kImageNotFound,
                    "no file in " + path.display() + " names the image " + shown(setting.name));
  if (!near.empty()) return error.with_help("did you mean " + shown(near) + "?");
  return error.with_help(names.empty() ? "no image is named there; check the path"
                                       : "images there: " + escape_terminal(join(some, ", ")));
}

// Whoever is named in full comes first; a last part must mean one image.
Result<std::vector<Target>> targets_of(const ImageSetting& setting, const std::vector<File>& files,
                                       const RelPath& path) {
  std::vector<Target> exact;
  std::vector<Target> by_last_part;
  std::set<std::string> repositories;
  for (size_t i = 0; i < files.size(); ++i) {
    if (setting.is_pointer()) {
      if (auto site = site_at(setting.name, files[i].places)) {
        exact.push_back({i, *std::move(site)});
      }
      continue;
    }
    for (const ImageSite& site : files[i].sites) {
      const bool named =
          site.repository == setting.name ||
          std::find(site.aliases.begin(), site.aliases.end(), setting.name) != site.aliases.end();
      if (named) {
        exact.push_back({i, site});
      } else if (last_part(site.repository) == setting.name) {
        by_last_part.push_back({i, site});
        repositories.insert(site.repository);
      }
    }
  }
  if (setting.is_pointer() && exact.size() > 1) {
    return Error(kAmbiguousImage, shown(setting.name) + " is in " + files[exact[0].file].name +
                                      " and in " + files[exact[1].file].name)
        .with_help("give the path of one file");
  }
  if (!exact.empty()) return exact;
  if (repositories.size() > 1) {
    return Error(kAmbiguousImage,
                 shown(setting.name) + " is the last part of several images: " +
                     escape_terminal(join({repositories.begin(), repositories.end()}, ", ")))
        .with_help("name the image in full");
  }
  if (by_last_part.empty()) return not_found(setting, files, path);
  return by_last_part;
}

class Writer {
 public:
  Writer(const File& file, const ImageSetting& setting) : file_(file), setting_(setting) {}

  Result<std::vector<ScalarEdit>> write(const ImageSite& site) {
    if (site.whole) {
      TRY(write_whole(site));
      return std::move(edits_);
    }
    const ImageReference& image = setting_.image;
    const bool moves = !image.repository.empty() && image.repository != site.repository;
    if (moves && site.name && !registry_apart(site)) add(*site.name, image.repository);
    if (site.tag && !image.tag.empty()) add(*site.tag, image.tag);
    if (site.digest && !image.digest.empty()) add(*site.digest, image.digest);
    if (site.is_marked) return std::move(edits_);
    if (moves && !site.name && !site.repository.empty()) return missing(site, "name");
    if (!image.tag.empty() && !site.tag && image.digest.empty()) return missing(site, "tag");
    if (!image.digest.empty() && !site.digest) return missing(site, "digest");
    if (image.digest.empty() && site.digest && !file_.places[*site.digest].value.empty()) {
      return Error(kNotEditable, "the image is pinned by a digest, which a tag does not change")
          .at(position(*site.digest))
          .with_help("give the digest too: " + setting_.name + "=:TAG@sha256:DIGEST");
    }
    return std::move(edits_);
  }

 private:
  [[nodiscard]] Position position(size_t place) const {
    return {file_.name, file_.places[place].line, 0};
  }

  void add(size_t place, std::string value) {
    edits_.push_back({file_.places[place], std::move(value)});
  }

  // The registry has a field of its own, and the whole name is the same.
  [[nodiscard]] bool registry_apart(const ImageSite& site) const {
    return std::find(site.aliases.begin(), site.aliases.end(), setting_.image.repository) !=
           site.aliases.end();
  }

  [[nodiscard]] Error missing(const ImageSite& site, const std::string& part) const {
    return Error(kNotEditable, "there is no field for the " + part + " of the image")
        .at(position(site.first()))
        .with_help("write the field once by hand: only values of fields are changed");
  }

  Result<void> write_whole(const ImageSite& site) {
    const std::string& before = file_.places[*site.whole].value;
    ImageReference image = setting_.image;
    const Result<ImageReference> old = parse_image(before.substr(site.prefix.size()));
    if (image.repository.empty()) {
      if (!old) return missing(site, "name");
      image.repository = old->repository;
    }
    // A digest alone leaves the tag that people read.
    if (image.tag.empty() && old) image.tag = old->tag;
    add(*site.whole, site.prefix + image.text());
    return {};
  }

  const File& file_;
  const ImageSetting& setting_;
  std::vector<ScalarEdit> edits_;
};

Result<void> expect_one_value_each(const File& file, std::vector<ScalarEdit>& edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const ScalarEdit& a, const ScalarEdit& b) {
    return a.place.begin < b.place.begin;
  });
  for (size_t i = 1; i < edits.size(); ++i) {
    if (edits[i].place.begin != edits[i - 1].place.begin) continue;
    if (edits[i].value == edits[i - 1].value) continue;
    return Error(kAmbiguousImage, "two settings change the same image")
        .at({file.name, edits[i].place.line, 0})
        .with_help("give each image once");
  }
  const auto last = std::unique(edits.begin(), edits.end(), [](const auto& a, const auto& b) {
    return a.place.begin == b.place.begin;
  });
  edits.erase(last, edits.end());
  return {};
}

}  // namespace

Result<std::vector<FileEdit>> set_images(const SourceTree& tree, const SetImageRequest& request,
                                         Budget& budget) {
  std::vector<File> files = TRY(read_files(tree, request.path, budget));
  add_updater_sites(files);
  std::vector<std::vector<ScalarEdit>> edits(files.size());
  for (const ImageSetting& setting : request.settings) {
    for (const Target& target : TRY(targets_of(setting, files, request.path))) {
      for (ScalarEdit& edit : TRY(Writer(files[target.file], setting).write(target.site))) {
        edits[target.file].push_back(std::move(edit));
      }
    }
  }
  std::vector<FileEdit> out;
  for (size_t i = 0; i < files.size(); ++i) {
    if (edits[i].empty()) continue;
    TRY(expect_one_value_each(files[i], edits[i]));
    FileEdit edit = TRY(edit_scalars(files[i].name, files[i].text, std::move(edits[i]), budget));
    if (!edit.changes.empty()) out.push_back(std::move(edit));
  }
  return out;
}

}  // namespace plumb::edit
