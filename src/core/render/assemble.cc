#include "core/render/assemble.h"

#include <unordered_map>

#include "base/text.h"
#include "core/render/check_object.h"
#include "core/render/render.h"
#include "lang/json/json.h"

namespace plumb::rendering {
namespace {

// The lines of one member of a List, by paths that start at the member.
class ItemLines final : public FieldLines {
 public:
  ItemLines(std::shared_ptr<const FieldLines> list, size_t index)
      : list_(std::move(list)), index_(std::to_string(index)) {}

  [[nodiscard]] int line_of(const std::vector<std::string>& path) const override {
    std::vector<std::string> whole = {"items", index_};
    whole.insert(whole.end(), path.begin(), path.end());
    return list_->line_of(whole);
  }

 private:
  std::shared_ptr<const FieldLines> list_;
  std::string index_;
};

// kubectl and kustomize expand `kind: List` and kinds that end in List and have a list of items. A
// custom kind that merely ends in List has no such field.
bool is_list(const Value& value) {
  const std::string kind = value.string_at({"kind"});
  if (!kind.ends_with("List")) return false;
  const Value* items = value.find("items");
  if (items != nullptr && items->is_list()) return true;
  return kind == "List" && (items == nullptr || items->is_null());
}

std::vector<SourceDocument> items_of(const SourceDocument& list) {
  std::vector<SourceDocument> out;
  const Value* items = list.value.find("items");
  if (items == nullptr || items->is_null()) return out;
  for (size_t i = 0; i < items->as_list()->size(); ++i) {
    SourceDocument item = {.value = (*items->as_list())[i],
                           .origin = list.origin,
                           .item = list.item + ".items[" + std::to_string(i) + "]"};
    if (list.lines) {
      item.lines = std::make_shared<const ItemLines>(list.lines, i);
      item.origin.line = item.lines->line_of({});
    }
    out.push_back(std::move(item));
  }
  return out;
}

class Assembly {
 public:
  Assembly(Budget& budget, Problems& problems) : budget_(budget), problems_(problems) {}

  Result<void> add(SourceDocument document);
  Manifests finish(std::vector<Warning> warnings) &&;

 private:
  Budget& budget_;
  Problems& problems_;
  Manifests out_;
  Sha256 hash_;
  std::unordered_map<ObjectKey, Position> first_seen_;
};

Result<void> Assembly::add(SourceDocument document) {
  TRY(budget_.spend_objects());
  check_object(document, problems_);
  if (!document.value.is_map()) return {};
  strip_server_fields(document, out_.warnings);
  ObjectKey key = key_of(document.value);
  if (key.kind.empty() || key.name.empty()) return {};
  const Position here = document.origin.position();
  const auto [seen, is_new] = first_seen_.try_emplace(key, here);
  if (!is_new) {
    problems_.add(Error(kDuplicateObject, escape_terminal(key.display()) +
                                              " is given twice; first at " +
                                              escape_terminal(to_string(seen->second)))
                      .at(here)
                      .with_help("remove one of the two, or give it another name or namespace"));
    return {};
  }
  const std::string bytes = json::write(document.value);
  if (bytes.size() > budget_.limits().object_bytes) {
    problems_.add(Error(kObjectTooLarge, escape_terminal(key.display()) + " has " +
                                             std::to_string(bytes.size()) +
                                             " bytes; the cluster stores at most " +
                                             std::to_string(budget_.limits().object_bytes))
                      .at(here)
                      .with_help("split it into several objects"));
    return {};
  }
  hash_.field(bytes);
  out_.objects.push_back({.key = std::move(key),
                          .api_version = document.value.string_at({"apiVersion"}),
                          .body = std::move(document.value),
                          .origin = std::move(document.origin),
                          .lines = std::move(document.lines)});
  return {};
}

Manifests Assembly::finish(std::vector<Warning> warnings) && {
  out_.warnings.insert(out_.warnings.begin(), std::make_move_iterator(warnings.begin()),
                       std::make_move_iterator(warnings.end()));
  out_.digest = hash_.finish();
  return std::move(out_);
}

}  // namespace

std::vector<SourceDocument> expanded(std::vector<SourceDocument> documents) {
  std::vector<SourceDocument> out;
  out.reserve(documents.size());
  for (SourceDocument& document : documents) {
    std::vector<SourceDocument> stack;  // the next one is the last
    stack.push_back(std::move(document));
    while (!stack.empty()) {
      SourceDocument next = std::move(stack.back());
      stack.pop_back();
      if (!is_list(next.value)) {
        out.push_back(std::move(next));
        continue;
      }
      std::vector<SourceDocument> items = items_of(next);
      for (auto item = items.rbegin(); item != items.rend(); ++item) {
        stack.push_back(std::move(*item));
      }
    }
  }
  return out;
}

Result<Manifests> assemble(Documents documents, Budget& budget, Problems& problems) {
  Assembly assembly(budget, problems);
  for (SourceDocument& document : expanded(std::move(documents.documents))) {
    TRY(assembly.add(std::move(document)));
  }
  return std::move(assembly).finish(std::move(documents.warnings));
}

}  // namespace plumb::rendering
