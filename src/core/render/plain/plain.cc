#include "core/render/plain/plain.h"

#include <array>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "core/render/plain/ignore.h"
#include "core/render/plain/json_lines.h"
#include "core/render/render.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::plain {
namespace {

// In the order they are read: the later overrules.
constexpr std::array kIgnoreFiles = {".sourceignore", ".plumbignore"};

// What Flux leaves out of every source (fluxcd/pkg/sourceignore): files of Git and CI that are YAML
// but no manifests. An ignore file can bring one back with `!`.
constexpr std::string_view kAlwaysIgnored =
    ".git/\n.github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\n"
    "cloudbuild.yaml\ncodeship-services.yml\ncodeship-steps.yml\n.goreleaser.yml\n.sops.yaml\n"
    ".flux.yaml\n";

bool is_json_name(std::string_view name) {
  return name.ends_with(".json");
}
bool is_manifest_name(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || is_json_name(name);
}

std::string quoted(const RelPath& path) {
  return "\"" + escape_terminal(path.display()) + "\"";
}

// Of the document only the positions are kept, not its value.
class YamlLines final : public FieldLines {
 public:
  explicit YamlLines(yaml::Document document) : document_(std::move(document)) {}

  [[nodiscard]] int line_of(const std::vector<std::string>& path) const override {
    return document_.line_of(path);
  }

 private:
  yaml::Document document_;
};

// A path as people see it and where it really is: the two differ below a symbolic link.
struct Place {
  RelPath shown;
  RelPath real;
};

class Walk {
 public:
  Walk(const SourceTree& tree, const RenderMarked& render_marked, Budget& budget,
       Problems& problems)
      : tree_(tree), render_marked_(render_marked), budget_(budget), problems_(problems) {}

  Result<Documents> run(const RelPath& path);

 private:
  struct Folder {
    Place place;
    std::vector<TreeEntry> entries;
    size_t next = 0;
    size_t rules_before = 0;  // rules that go on when the folder is left
  };

  // Rules from the root of the source down to the path; reports a rule that leaves it out.
  Result<bool> read_rules_above(const RelPath& path, bool is_folder);
  Result<void> read_rules(const Place& folder);
  Result<void> enter(Place place);
  Result<void> visit(const Place& place, EntryKind kind);
  Result<void> visit_link(const Place& place);
  Result<void> visit_folder(Place place);
  Result<void> read_file(const Place& place);
  Result<void> parse_yaml(const std::string& text, const std::string& file);
  Result<void> parse_json(std::string text, const std::string& file);
  Result<void> parse_problem(Error error, const std::string& file);

  const SourceTree& tree_;
  const RenderMarked& render_marked_;
  Budget& budget_;
  Problems& problems_;
  IgnoreRules rules_;
  std::vector<Folder> open_;  // from the first folder down to the one being read
  Documents out_;
};

Result<void> Walk::read_rules(const Place& folder) {
  for (const char* name : kIgnoreFiles) {
    const RelPath real = TRY(resolve_links(tree_, folder.real.child(name)));
    if (TRY(tree_.kind(real)) != EntryKind::file) continue;
    const std::string text = TRY(tree_.read(real, budget_.limits().file_bytes));
    TRY(budget_.spend_total_bytes(text.size()));
    rules_.add(text, folder.shown, folder.shown.child(name).str());
  }
  return {};
}

Result<bool> Walk::read_rules_above(const RelPath& path, bool is_folder) {
  rules_.add(kAlwaysIgnored, RelPath(), "");
  RelPath above;
  const std::vector<std::string> parts = path.parts();
  for (size_t i = 0; i < parts.size(); ++i) {
    TRY(read_rules({above, above}));
    above = above.child(parts[i]);
    const std::optional<Position> rule =
        rules_.ignored_by(above, is_folder || i + 1 < parts.size());
    if (!rule) continue;
    Error error(kPathIgnored, quoted(path) + " is left out by a rule for " + quoted(above));
    problems_.add(rule->file.empty() ? error.with_help("files of CI systems are no manifests")
                                     : error.at(*rule).with_help("remove the rule or change the "
                                                                 "app's path"));
    return false;
  }
  return true;
}

Result<void> Walk::enter(Place place) {
  Folder folder = {.place = std::move(place), .entries = {}, .rules_before = rules_.size()};
  folder.entries = TRY(tree_.list(folder.place.real));
  TRY(read_rules(folder.place));
  open_.push_back(std::move(folder));
  return {};
}

Result<Documents> Walk::run(const RelPath& path) {
  const bool is_folder = TRY(tree_.kind(path)) == EntryKind::directory;
  if (!TRY(read_rules_above(path, is_folder))) return std::move(out_);
  if (!is_folder) {
    if (is_manifest_name(path.filename())) {
      TRY(read_file({path, path}));
    } else {
      problems_.add(Error(kNotAnObject, quoted(path) + " is neither a folder nor a manifest")
                        .at({path.str(), 0, 0})
                        .with_help("manifests end in .yaml, .yml or .json"));
    }
    return std::move(out_);
  }
  TRY(enter({path, path}));
  while (!open_.empty()) {
    Folder& folder = open_.back();
    if (folder.next == folder.entries.size()) {
      rules_.truncate(folder.rules_before);
      open_.pop_back();
      continue;
    }
    const TreeEntry& entry = folder.entries[folder.next++];
    TRY(budget_.spend_files());
    TRY(visit({folder.place.shown.child(entry.name), folder.place.real.child(entry.name)},
              entry.kind));
  }
  return std::move(out_);
}

// A link is resolved to what is none: visit and visit_link call each other once.
// NOLINTBEGIN(misc-no-recursion)
Result<void> Walk::visit(const Place& place, EntryKind kind) {
  if (rules_.ignored_by(place.shown, kind == EntryKind::directory)) return {};
  switch (kind) {
    case EntryKind::file:
      if (is_manifest_name(place.shown.filename())) return read_file(place);
      return {};
    case EntryKind::directory:
      return visit_folder(place);
    case EntryKind::symlink:
      return visit_link(place);
    case EntryKind::submodule:
      problems_.add(Error(kSubmodule, quoted(place.shown) + " is a Git submodule, which is not "
                                                            "read")
                        .at({place.shown.str(), 0, 0})
                        .with_help("list it in .plumbignore, and make a Repository of its own URL "
                                   "if its manifests are wanted"));
      return {};
  }
  return {};
}

// A link that leads nowhere is an error: what it stood for would silently leave the manifests, and
// be pruned.
Result<void> Walk::visit_link(const Place& place) {
  const Result<RelPath> target = resolve_links(tree_, place.real);
  if (!target) {
    if (target.error().retry() != Retry::permanent) return target.error();
    problems_.add(target.error().at({place.shown.str(), 0, 0}));
    return {};
  }
  const std::optional<EntryKind> kind = TRY(tree_.kind(*target));
  if (!kind) {
    problems_.add(Error(kNoSuchPath, "the symbolic link " + quoted(place.shown) + " leads to " +
                                         quoted(*target) + ", which does not exist")
                      .at({place.shown.str(), 0, 0})
                      .with_help("remove the link or mend its target"));
    return {};
  }
  if (kind != EntryKind::directory) return visit({place.shown, *target}, *kind);
  // A rule for folders only does not fit a link, in Git; what it leads to is a folder all the same.
  if (rules_.ignored_by(place.shown, true)) return {};
  for (const Folder& folder : open_) {
    if (!folder.place.real.is_within(*target)) continue;
    problems_.add(Error(kLinkLoop, "the symbolic link " + quoted(place.shown) + " leads to " +
                                       quoted(*target) + ", which it is in")
                      .at({place.shown.str(), 0, 0})
                      .with_help("remove the link"));
    return {};
  }
  return visit_folder({place.shown, *target});
}
// NOLINTEND(misc-no-recursion)

Result<void> Walk::visit_folder(Place place) {
  std::optional<Documents> marked = TRY(render_marked_(tree_, place.real, budget_, problems_));
  if (!marked) return enter(std::move(place));
  out_.documents.insert(out_.documents.end(), std::make_move_iterator(marked->documents.begin()),
                        std::make_move_iterator(marked->documents.end()));
  out_.warnings.insert(out_.warnings.end(), std::make_move_iterator(marked->warnings.begin()),
                       std::make_move_iterator(marked->warnings.end()));
  return {};
}

Result<void> Walk::read_file(const Place& place) {
  const std::string file = place.shown.str();
  Result<std::string> text = tree_.read(place.real, budget_.limits().file_bytes);
  if (!text) {
    if (text.error().retry() != Retry::permanent) return text.error().at({file, 0, 0});
    problems_.add(Error(text.error())
                      .at({file, 0, 0})
                      .with_help("split the file, or list it in .plumbignore"));
    return {};
  }
  TRY(budget_.spend_total_bytes(text->size()));
  return is_json_name(file) ? parse_json(*std::move(text), file) : parse_yaml(*text, file);
}

// A file that cannot be parsed does not hide the problems of the others; a used-up budget ends the
// run, as every other file would fail too.
Result<void> Walk::parse_problem(Error error, const std::string& file) {
  if (!error.position()) error = error.at({file, 0, 0});
  if (error.code() == kBudgetExceeded || error.retry() != Retry::permanent) return error;
  problems_.add(std::move(error));
  return {};
}

Result<void> Walk::parse_yaml(const std::string& text, const std::string& file) {
  Result<std::vector<yaml::Document>> parsed = yaml::parse_all(text, file, budget_);
  if (!parsed) return parse_problem(std::move(parsed).error(), file);
  int number = 0;
  for (yaml::Document& document : *parsed) {
    SourceDocument out = {.value = std::exchange(document.value, Value()),
                          .origin = {file, document.line, ++number}};
    out.lines = std::make_shared<const YamlLines>(std::move(document));
    out_.documents.push_back(std::move(out));
  }
  return {};
}

Result<void> Walk::parse_json(std::string text, const std::string& file) {
  Result<Value> parsed = json::parse(
      text, budget_, {.file = file, .refuse_duplicates = true, .refuse_bad_utf8 = true});
  if (!parsed) return parse_problem(std::move(parsed).error(), file);
  const auto lines = std::make_shared<const JsonLines>(std::move(text));
  out_.documents.push_back(
      {.value = *std::move(parsed), .origin = {file, lines->line_of({}), 1}, .lines = lines});
  return {};
}

}  // namespace

Result<Documents> render(const SourceTree& tree, const RelPath& path,
                         const RenderMarked& render_marked, Budget& budget, Problems& problems) {
  return Walk(tree, render_marked, budget, problems).run(path);
}

}  // namespace plumb::rendering::plain
