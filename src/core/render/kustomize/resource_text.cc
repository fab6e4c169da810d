#include "core/render/kustomize/resource_text.h"

#include <deque>

#include "base/text.h"
#include "lang/yaml/folded.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

bool is_empty(const Value& value) {
  if (const Map* map = value.as_map()) return map->empty();
  if (const List* list = value.as_list()) return list->empty();
  return value.is_null();
}

// Behind "---" only a comment may stand.
Result<void> check_separators(std::string_view text, const std::string& file) {
  int line = 1;
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    ++line;
    if (text.substr(at + 1, 3) != "---") continue;
    const size_t end = text.find('\n', at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view rest = trim(text.substr(at + 4, end - at - 4));
    if (rest.empty() || rest.front() == '#') continue;
    return Error(kBadResource, "behind the separator \"---\" there may be a comment only")
        .at({file, line, 0})
        .with_help("begin the document on the next line");
  }
  return {};
}

// Texts of annotations as they were written.
void spell_annotations(Value& value, const yaml::Document& document, Purpose purpose) {
  const Value* const found = value.find_path({"metadata", "annotations"});
  const Map* const annotations = found == nullptr ? nullptr : found->as_map();
  if (annotations == nullptr) return;
  for (const Member& member : Map(*annotations)) {
    if (member.value.is_list() || member.value.is_map()) continue;
    if (member.value.is_null() && purpose == Purpose::patch) continue;
    const auto spelling = document.spelling_of({"metadata", "annotations", member.key});
    if (!spelling && member.value.is_string()) continue;
    value.set_path({"metadata", "annotations", member.key},
                   Value(spelling ? *spelling : scalar_text(member.value)));
  }
}

class Reader {
 public:
  Reader(const std::string& file, const Schemas& schemas, Budget& budget, Purpose purpose)
      : file_(file), schemas_(schemas), budget_(budget), purpose_(purpose) {}

  Result<Resources> read(std::string_view text) {
    TRY(check_separators(text, file_));
    std::vector<yaml::Document> documents =
        TRY(yaml::parse_all(text, file_, budget_, yaml::Dialect::kustomize));
    const bool is_single = documents.size() == 1;
    int number = 0;
    for (yaml::Document& document : documents) {
      const Origin origin{file_, document.line, ++number};
      spell_annotations(document.value, document, purpose_);
      if (is_single && is_wrapper(document.value)) {
        TRY(unwrap(document.value, origin));
      } else {
        TRY(add(std::move(document.value), origin));
      }
    }
    return expanded();
  }

 private:
  static bool is_wrapper(const Value& value) {
    const std::string kind = value.string_at({"kind"});
    return (kind == "List" || kind == "ResourceList") &&
           (value.find("items") != nullptr || value.find("functionConfig") != nullptr);
  }

  Result<void> unwrap(const Value& list, const Origin& origin) {
    const Value* const items = list.find("items");
    if (items == nullptr || !items->is_list()) return {};
    for (const Value& item : *items->as_list()) TRY(add(item, origin));
    return {};
  }

  Result<void> add(Value value, const Origin& origin) {
    if (is_empty(value)) return {};
    TRY(check(value, origin));
    Resource resource;
    resource.value = std::move(value);
    resource.origin = origin;
    resource.schemas = &schemas_;
    queue_.push_back(std::move(resource));
    return {};
  }

  [[nodiscard]] Result<void> check(const Value& value, const Origin& origin) const {
    const auto bad = [&](const std::string& what) {
      return Error(kBadResource, what).at(origin.position());
    };
    if (!value.is_map()) return bad("a resource has to be a map");
    const Value* const kind = value.find("kind");
    const std::string name = kind == nullptr ? "" : scalar_text(*kind);
    if (name.empty()) return bad("this resource has no kind");
    if (name.ends_with("List")) return {};
    const Value* const found = value.find_path({"metadata", "name"});
    if (found == nullptr || scalar_text(*found).empty()) {
      return bad(escape_terminal(shorten(name)) + " has no metadata.name");
    }
    return {};
  }

  // Items of a FooList come behind all other objects of the text.
  Result<Resources> expanded() {
    Resources out;
    while (!queue_.empty()) {
      Resource next = std::move(queue_.front());
      queue_.pop_front();
      const Value* const items = next.kind().ends_with("List") ? next.value.find("items") : nullptr;
      if (items == nullptr) {
        out.push_back(std::move(next));
        continue;
      }
      if (items->is_null()) continue;
      if (!items->is_list()) {
        return Error(kBadResource, "items of this list are no list").at(next.origin.position());
      }
      // Every object is written and read again in the end, but not a list on the way to its items.
      for (const Value& item : *items->as_list()) TRY(add(yaml::unfolded(item), next.origin));
    }
    return out;
  }

  const std::string& file_;
  const Schemas& schemas_;
  Budget& budget_;
  Purpose purpose_;
  std::deque<Resource> queue_;
};

}  // namespace

Result<Resources> read_resources(std::string_view text, const std::string& file,
                                 const Schemas& schemas, Budget& budget, Purpose purpose) {
  return Reader(file, schemas, budget, purpose).read(text);
}

}  // namespace plumb::rendering::kustomize
