#include "core/blame/field_source.h"

#include <algorithm>
#include <set>

namespace plumb {
namespace {

bool is_yaml(const RelPath& file) {
  const std::string name = file.filename();
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json") ||
         name == "Kustomization";
}

bool is_kustomization(const RelPath& file) {
  const std::string name = file.filename();
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization";
}

std::string text_of(const Value& value) {
  if (const std::string* text = value.as_string()) return *text;
  if (const int64_t* number = value.as_integer()) return std::to_string(*number);
  return "";
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "v2" in "web:v2", and not in "web:v21".
bool stands_in(const std::string& part, const std::string& whole) {
  if (part.empty()) return false;
  for (size_t at = whole.find(part); at != std::string::npos; at = whole.find(part, at + 1)) {
    const size_t end = at + part.size();
    const bool begins = at == 0 || !is_word(whole[at - 1]) || !is_word(part.front());
    const bool ends = end == whole.size() || !is_word(whole[end]) || !is_word(part.back());
    if (begins && ends) return true;
  }
  return false;
}

const Leaf* same_leaf(const std::vector<Leaf>& leaves, const Leaf& wanted) {
  const auto at = std::find_if(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
    return leaf.identity == wanted.identity && *leaf.value == *wanted.value;
  });
  return at == leaves.end() ? nullptr : &*at;
}

}  // namespace

FieldSource::FieldSource(const Manifest& manifest, const SourceTree& tip)
    : manifest_(manifest), tip_(tip), kind_(manifest.key.kind), name_(manifest.key.name) {
  const Result<RelPath> file = RelPath::parse(manifest.origin.file);
  if (manifest.lines != nullptr || !file) return;
  const Result<Documents> found = documents_at_tip(*file);
  if (!found) return;
  for (const yaml::Document& document : **found) {
    if (document.line != manifest.origin.line) continue;
    kind_ = document.value.string_at({"kind"});
    name_ = document.value.string_at({"metadata", "name"});
  }
}

Result<FieldSource::Documents> FieldSource::documents(const SourceTree& tree, const RelPath& file) {
  auto none = std::make_shared<const std::vector<yaml::Document>>();
  if (!is_yaml(file) || TRY(tree.kind(file)) != EntryKind::file) return Documents(none);
  Budget budget;
  const std::string text = TRY(tree.read(file, budget.limits().file_bytes));
  Result<std::vector<yaml::Document>> parsed = yaml::parse_all(text, file.str(), budget);
  if (!parsed) return Documents(none);
  return std::make_shared<const std::vector<yaml::Document>>(*std::move(parsed));
}

Result<FieldSource::Documents> FieldSource::documents_at_tip(const RelPath& file) {
  const auto known = tip_documents_.find(file);
  if (known != tip_documents_.end()) return known->second;
  Documents found = TRY(documents(tip_, file));
  tip_documents_.emplace(file, found);
  return found;
}

bool FieldSource::is_about_object(const Value& document) const {
  return document.string_at({"kind"}) == kind_ && document.string_at({"metadata", "name"}) == name_;
}

Result<std::optional<int>> FieldSource::line_of_same_field(const Leaf& field, const RelPath& file) {
  const Documents found = TRY(documents_at_tip(file));
  for (const yaml::Document& document : *found) {
    if (!is_about_object(document.value)) continue;
    const std::vector<Leaf> leaves = leaves_of(document.value);
    const Leaf* leaf = same_leaf(leaves, field);
    if (leaf != nullptr) return std::optional(document.line_of(leaf->at));
  }
  return std::optional<int>();
}

Result<std::optional<FieldOrigin>> FieldSource::only_changed_field(const Leaf& field,
                                                                   const CommitChange& change) {
  const std::string wanted = text_of(*field.value);
  std::set<std::pair<std::string, int>> equal;
  std::set<std::pair<std::string, int>> contained;
  for (const RelPath& file : change.files) {
    std::vector<Leaf> before;
    Documents old_documents;
    if (change.before != nullptr) {
      old_documents = TRY(documents(*change.before, file));
      for (const yaml::Document& document : *old_documents) {
        for (Leaf& leaf : leaves_of(document.value)) before.push_back(std::move(leaf));
      }
    }
    const Documents now = TRY(documents_at_tip(file));
    for (const yaml::Document& document : *now) {
      for (const Leaf& leaf : leaves_of(document.value)) {
        const std::string text = text_of(*leaf.value);
        if (!stands_in(text, wanted) || same_leaf(before, leaf) != nullptr) continue;
        (text == wanted ? equal : contained).emplace(file.str(), document.line_of(leaf.at));
      }
    }
  }
  const auto& candidates = equal.empty() ? contained : equal;
  if (candidates.size() != 1) return std::optional<FieldOrigin>();
  return std::optional(FieldOrigin{{candidates.begin()->first}, candidates.begin()->second});
}

Result<FieldOrigin> FieldSource::find(const Leaf& field, const CommitChange& change) {
  if (manifest_.lines != nullptr) {
    const Position position = manifest_.position_of(field.at);
    return FieldOrigin{{position.file}, position.line};
  }
  for (const RelPath& file : change.files) {
    const std::optional<int> line = TRY(line_of_same_field(field, file));
    if (line) return FieldOrigin{{file.str()}, *line};
  }
  if (std::optional<FieldOrigin> only = TRY(only_changed_field(field, change))) return *only;
  return whole_files(change);
}

FieldOrigin FieldSource::whole_files(const CommitChange& change) const {
  std::vector<std::string> all;
  std::vector<std::string> kustomizations;
  for (const RelPath& file : change.files) {
    all.push_back(file.str());
    if (is_kustomization(file)) kustomizations.push_back(file.str());
    // What a generator makes is written where the generator is.
    if (file.str() == manifest_.origin.file && is_kustomization(file) && change.files.size() > 1) {
      return {{file.str()}, manifest_.origin.line};
    }
  }
  return {all.size() > 1 && !kustomizations.empty() ? kustomizations : all, 0};
}

}  // namespace plumb
