#include "core/render/kustomize/replacements.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/render/kustomize/field_path.h"
#include "core/render/kustomize/scalar_text.h"
#include "core/render/kustomize/structured_text.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr const char* kDefaultPath = "metadata.name";

std::string text_at(const Value& value, std::string_view field) {
  const Value* const found = value.find(field);
  return found == nullptr ? std::string() : scalar_text(*found);
}

std::vector<std::string> split_by(std::string_view text, std::string_view delimiter) {
  std::vector<std::string> out;
  while (true) {
    const size_t at = text.find(delimiter);
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + delimiter.size());
  }
}

std::string join_by(const std::vector<std::string>& parts, std::string_view delimiter) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += delimiter;
    out += parts[i];
  }
  return out;
}

struct Options {
  std::string delimiter = {};
  int64_t index = 0;
  bool create = false;

  static Options of(const Value* value) {
    if (value == nullptr) return {};
    return {text_at(*value, "delimiter"), value->integer_at({"index"}).value_or(0),
            value->bool_at({"create"})};
  }
};

// What is written: the value, with its text apart, which is all that a scalar takes over. Where it
// is a whole field, it is that field: changed by a target, it changes for the next one.
struct Source {
  Value value;
  std::string text;
  const Resource* live = nullptr;
  std::vector<std::string> path = {};

  [[nodiscard]] Source now() const {
    if (live == nullptr) return *this;
    const Result<const Value*> found = look_up(live->value, path);
    if (!found || *found == nullptr) return *this;
    Source out = of(**found);
    out.live = live;
    out.path = path;
    return out;
  }

  static Source of(const Value& value) {
    return {value, is_scalar(value) ? scalar_text(value) : ""};
  }
  [[nodiscard]] Source with_text(std::string other) const {
    Source out{value, std::move(other)};
    if (value.is_string()) {
      out.value = value.with_text(out.text);
    } else {
      out.value = plain_scalar(out.text);
    }
    return out;
  }
};

// The original has no scopes here: no namespace is "default" for every kind.
std::string space_of(const std::string& name_space) {
  return name_space.empty() ? "default" : name_space;
}

std::vector<ResourceId> ids_of(const Resource& resource) {
  std::vector<ResourceId> ids = resource.previous_ids();
  ids.insert(ids.begin(), resource.id());
  return ids;
}

std::string shown(const std::string& text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

// The field at a path of UnfitField; nullptr where there is none.
const Value* field_at(const Value& object, const std::vector<std::string>& path) {
  const Value* at = &object;
  for (const std::string& part : path) {
    if (at == nullptr) return nullptr;
    if (!at->is_list()) {
      at = at->find(part);
      continue;
    }
    const List& items = *at->as_list();
    size_t index = items.size();
    std::from_chars(part.data(), part.data() + part.size(), index);
    at = index < items.size() ? &items[index] : nullptr;
  }
  return at;
}

// Where in the object a field stands; nullopt: in none of its maps and lists.
std::optional<std::vector<std::string>> path_of(const Value& object, const Value* field) {
  struct Step {
    const Value* value;
    size_t above;  // in `steps`
    std::string part;
  };
  std::vector<Step> steps{{&object, 0, ""}};
  for (size_t i = 0; i < steps.size(); ++i) {
    const Value* const value = steps[i].value;
    if (value == field) {
      std::vector<std::string> path;
      for (size_t at = i; at != 0; at = steps[at].above) path.insert(path.begin(), steps[at].part);
      return path;
    }
    if (const Map* map = value->as_map()) {
      for (const Member& member : *map) steps.push_back({&member.value, i, member.key});
    } else if (const List* list = value->as_list()) {
      for (const Value& item : *list) {
        steps.push_back({&item, i, std::to_string(static_cast<size_t>(&item - list->data()))});
      }
    }
  }
  return std::nullopt;
}

bool is_still_unfit(const Resource& resource, const UnfitField& unfit) {
  const Value* const now = field_at(resource.value, unfit.path);
  return now != nullptr && now->is_string() && !now->is_quoted() && *now->as_string() == unfit.text;
}

Error unfit_error(Value::Type type) {
  return Error(kBadReplacement,
               "the target is of type " + std::string(to_string(type)) + ", and the value is not");
}

class Replacement {
 public:
  Replacement(Resources& resources, const Position& where, Budget& budget)
      : resources_(resources), where_(where), budget_(budget) {}

  Result<void> run(const Value& replacement) {
    const Value* const targets = replacement.find("targets");
    const Value* const source = replacement.find("source");
    const Value* const text = replacement.find("sourceValue");
    const bool has_source = source != nullptr && !source->is_null();
    const bool has_text = text != nullptr && !text->is_null();
    if (targets == nullptr || !targets->is_list() || targets->as_list()->empty() ||
        (!has_source && !has_text)) {
      return Error(kBadReplacement, "a replacement needs a source and at least one target");
    }
    if (has_source && has_text) {
      return Error(kBadReplacement, "a replacement has a source or a sourceValue, not both");
    }
    const Source value = has_text ? Source{plain_scalar(scalar_text(*text)), scalar_text(*text)}
                                  : TRY(read(*source));
    for (const Value& target : *targets->as_list()) TRY(write(value, target));
    return {};
  }

 private:
  Result<const Resource*> find_source(const Value& source) const {
    const std::string name = text_at(source, "name");
    const std::string name_space = text_at(source, "namespace");
    const std::string group = text_at(source, "group");
    const std::string version = text_at(source, "version");
    const std::string kind = text_at(source, "kind");
    const auto selects = [&](const ResourceId& id) {
      return (name.empty() || name == id.name) &&
             (name_space.empty() || space_of(name_space) == space_of(id.name_space)) &&
             id.gvk.is_selected(group, version, kind);
    };
    const Resource* found = nullptr;
    for (const Resource& resource : resources_) {
      const std::vector<ResourceId> ids = ids_of(resource);
      if (!std::any_of(ids.begin(), ids.end(), selects)) continue;
      if (found != nullptr) {
        return Error(kBadReplacement, "the source " + shown(kind + " " + name) +
                                          " is more than one object: " + found->id().display() +
                                          " and " + resource.id().display());
      }
      found = &resource;
    }
    if (found == nullptr) {
      return Error(kBadReplacement, "the source " + shown(kind + " " + name) + " is no object");
    }
    return found;
  }

  Result<Source> read(const Value& source) const {
    const Resource& resource = *TRY(find_source(source));
    std::string path = text_at(source, "fieldPath");
    if (path.empty()) path = kDefaultPath;
    const Value* const field = TRY(look_up(resource.value, split_field_path(path)));
    const bool is_empty = field == nullptr || field->is_null() ||
                          (field->is_map() && field->as_map()->empty()) ||
                          (field->is_list() && field->as_list()->empty());
    if (is_empty) {
      return Error(kBadReplacement,
                   "the source " + resource.id().display() + " has no field " + shown(path));
    }
    const Options options = Options::of(source.find("options"));
    if (options.delimiter.empty()) {
      Source out = Source::of(*field);
      out.live = &resource;
      out.path = split_field_path(path);
      return out;
    }
    if (!is_scalar(*field)) {
      return Error(kBadReplacement, "a delimiter parts a text, and " + shown(path) + " is none");
    }
    std::vector<std::string> parts = split_by(scalar_text(*field), options.delimiter);
    if (options.index < 0 || static_cast<size_t>(options.index) >= parts.size()) {
      return Error(kBadReplacement, "options.index is " + std::to_string(options.index) +
                                        ", and the field has " + std::to_string(parts.size()) +
                                        " parts");
    }
    return Source::of(*field).with_text(std::move(parts[static_cast<size_t>(options.index)]));
  }

  Result<void> write(const Source& source, const Value& target) {
    const Value* const select = target.find("select");
    if (select == nullptr || select->is_null()) {
      return Error(kBadReplacement, "a target needs select");
    }
    const Selector selector = TRY(Selector::parse(*select));
    std::vector<Selector> rejects;
    if (const Value* reject = target.find("reject"); reject != nullptr && reject->is_list()) {
      for (const Value& each : *reject->as_list()) rejects.push_back(TRY(Selector::parse(each)));
    }
    for (Resource& resource : resources_) {
      if (!TRY(is_target(resource, selector, rejects))) continue;
      const Result<void> done = write_to(resource, source, target);
      if (!done) return done.error().while_doing("replacing fields of " + resource.id().display());
    }
    return {};
  }

  static Result<bool> is_target(const Resource& resource, const Selector& selector,
                                const std::vector<Selector>& rejects) {
    if (!TRY(selector.matches_labels(resource))) return false;
    for (const Selector& reject : rejects) {
      if (reject.has_labels() && TRY(reject.matches_labels(resource))) return false;
    }
    const std::vector<ResourceId> ids = ids_of(resource);
    const auto any = [&ids](const Selector& each) {
      return std::any_of(ids.begin(), ids.end(),
                         [&each](const ResourceId& id) { return each.matches_id(id); });
    };
    for (const Selector& reject : rejects) {
      if (reject.has_id() && any(reject)) return false;
    }
    return any(selector);
  }

  Result<void> write_to(Resource& resource, const Source& source, const Value& target) {
    std::vector<std::string> paths;
    if (const Value* given = target.find("fieldPaths"); given != nullptr && given->is_list()) {
      for (const Value& path : *given->as_list()) paths.push_back(scalar_text(path));
    }
    if (paths.empty()) paths.emplace_back(kDefaultPath);
    const Options options = Options::of(target.find("options"));
    Make make = Make::nothing;
    if (options.create) {
      make =
          source.value.is_map() ? Make::map : (source.value.is_list() ? Make::list : Make::scalar);
    }
    for (const std::string& path : paths) {
      TRY(write_field(resource, source.now(), path, options, make));
    }
    return {};
  }

  Result<void> write_field(Resource& resource, const Source& source, const std::string& path,
                           const Options& options, Make make) {
    const std::vector<std::string> parts = split_field_path(path);
    // Such a text is written anew at once.
    const auto put = [&source](Value& field, bool is_new) -> Result<void> {
      const Value::Type type = field.type();
      if (put_value(field, source, type, is_new)) return {};
      return unfit_error(type);
    };
    if (TRY(change_in_text(resource.value, parts, make, put, budget_))) return {};
    FieldMatcher matcher(make, budget_);
    const std::vector<Value*> fields = TRY(matcher.match(resource.value, parts));
    if (fields.empty()) {
      return Error(kBadReplacement, "there is no field " + shown(path))
          .with_help("set options.create to make it");
    }
    for (Value* field : fields) {
      const Source whole = TRY(whole_of(*field, source, options));
      TRY(put_field(resource, *field, whole, matcher.is_new(field)));
    }
    return {};
  }

  // What is to stand in the field: the source, or the field with that part of it replaced.
  static Result<Source> whole_of(const Value& field, const Source& source, const Options& options) {
    if (options.delimiter.empty()) return source;
    if (!is_scalar(field)) {
      return Error(kBadReplacement, "a delimiter parts a text, and the target is none");
    }
    std::vector<std::string> parts = split_by(scalar_text(field), options.delimiter);
    if (options.index < 0) {
      parts.insert(parts.begin(), source.text);
    } else if (static_cast<size_t>(options.index) >= parts.size()) {
      parts.push_back(source.text);
    } else {
      parts[static_cast<size_t>(options.index)] = source.text;
    }
    return source.with_text(join_by(parts, options.delimiter));
  }

  Result<void> put_field(Resource& resource, Value& field, const Source& source,
                         bool is_new) const {
    Value::Type type = field.type();
    const auto known =
        std::find_if(resource.unfit.begin(), resource.unfit.end(), [&](const UnfitField& unfit) {
          return field_at(resource.value, unfit.path) == &field && is_still_unfit(resource, unfit);
        });
    if (known != resource.unfit.end()) {
      type = known->type;
      resource.unfit.erase(known);
    }
    if (put_value(field, source, type, is_new)) return {};
    std::optional<std::vector<std::string>> path = path_of(resource.value, &field);
    if (!path) return unfit_error(type);
    field = Value(source.text);
    resource.unfit.push_back({*std::move(path), type, source.text, where_});
    return {};
  }

  // A scalar keeps its type and takes the text. False where that does not fit: the field is as it
  // was.
  static bool put_value(Value& field, const Source& source, Value::Type type, bool is_new) {
    if (!is_scalar(field)) {
      field = source.value;
      return true;
    }
    Value typed = plain_scalar(source.text);
    if (!is_new && type == Value::Type::string) {
      field = field.with_text(source.text);
    } else if (is_new || typed.type() == type ||
               (type == Value::Type::number && typed.as_integer() != nullptr)) {
      field = std::move(typed);
    } else {
      return false;
    }
    return true;
  }

  Resources& resources_;
  const Position& where_;
  Budget& budget_;
};

}  // namespace

Result<void> check_unfit(const Resource& resource) {
  for (const UnfitField& unfit : resource.unfit) {
    if (!is_still_unfit(resource, unfit)) continue;
    return unfit_error(unfit.type)
        .while_doing("replacing fields of " + resource.id().display())
        .at(unfit.where);
  }
  return {};
}

Result<void> replace_fields(Resources& resources, const Value& replacement, const Position& where,
                            Budget& budget) {
  TRY(Replacement(resources, where, budget).run(replacement));
  std::erase_if(resources, [](const Resource& resource) {
    const Map* const map = resource.value.as_map();
    return map == nullptr || map->empty();
  });
  return {};
}

}  // namespace plumb::rendering::kustomize
