#include "core/render/kustomize/value_add.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/render/kustomize/field_path.h"
#include "core/render/kustomize/field_walk.h"
#include "core/render/kustomize/scalar_text.h"
#include "core/render/kustomize/selector.h"
#include "core/render/kustomize/transform.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

struct Target {
  std::optional<Selector> selector = {};
  std::string field = {};
  int64_t position = 0;  // of the value in a file path, from 1; 0: the value is all of the field
};

// A path that is absolute stays so: its empty first part is not counted.
std::string inserted(const std::string& path, int64_t position, const std::string& part) {
  std::vector<std::string> parts;
  const bool is_absolute = path.starts_with('/');
  for (std::string& one : split(path, '/')) {
    if (!one.empty() && one != ".") parts.push_back(std::move(one));
  }
  const auto at = std::min(static_cast<size_t>(position - 1), parts.size());
  parts.insert(parts.begin() + static_cast<ptrdiff_t>(at), part);
  return (is_absolute ? "/" : "") + join(parts, "/");
}

Result<Target> target_of(const Value& value, const Position& where) {
  Target out{.field = value.string_at({"fieldPath"}),
             .position = value.integer_at({"filePathPosition"}).value_or(0)};
  if (out.field.empty()) return Error(kBadPlugin, "a target needs a fieldPath").at(where);
  if (out.position < 0) return Error(kBadPlugin, "filePathPosition is negative").at(where);
  const Value* const selector = value.find("selector");
  if (selector != nullptr && !selector->is_null()) {
    Result<Selector> parsed = Selector::parse(*selector);
    if (!parsed) return parsed.error().at(where);
    out.selector = *std::move(parsed);
  }
  return out;
}

// Those of the object itself, and of the file that it names.
Result<List> listed_targets(const Value& value, const PluginContext& context,
                            const Position& where) {
  List out;
  const auto add = [&out](const Value& from) {
    const Value* const targets = from.find("targets");
    const List* const list = targets == nullptr ? nullptr : targets->as_list();
    if (list != nullptr) out.insert(out.end(), list->begin(), list->end());
  };
  add(value);
  const std::string path = value.string_at({"targetFilePath"});
  if (!path.empty()) {
    const Result<RelPath> file = context.loader.find(path);
    if (!file) return file.error().at(where);
    const Result<std::string> text = context.loader.read(*file, context.budget);
    if (!text) return text.error().at(where);
    add(TRY(yaml::parse(*text, context.loader.name(*file), context.budget)));
  }
  if (out.empty()) return Error(kBadPlugin, "there is no target").at(where);
  return out;
}

Result<void> add_to(Resource& resource, const Target& target, const std::string& value,
                    Budget& budget) {
  if (target.field == "metadata/namespace") return place(resource, {value}, {});
  FieldMatcher matcher(Make::scalar, budget);
  for (Value* field : TRY(matcher.match(resource.value, split_path(target.field)))) {
    if (!is_scalar(*field)) return field_shape(resource, target.field, "expected a single value");
    const std::string text =
        target.position > 0 ? inserted(scalar_text(*field), target.position, value) : value;
    const bool keeps_quotes = !matcher.is_new(field) && field->is_quoted();
    *field = keeps_quotes ? field->with_text(text) : plain_scalar(text);
  }
  return {};
}

}  // namespace

Result<TransformerRun> value_add_transformer(const Value& value, const PluginContext& context,
                                             const Position& where) {
  std::vector<Target> targets;
  for (const Value& one : TRY(listed_targets(value, context, where))) {
    targets.push_back(TRY(target_of(one, where)));
  }
  std::string text(trim(value.string_at({"value"})));
  if (text.empty()) text = context.loader.folder().filename();
  return TransformerRun([targets = std::move(targets), text = std::move(text),
                         &budget = context.budget](Resources& resources) -> Result<void> {
    for (const Target& target : targets) {
      for (Resource& resource : resources) {
        if (target.selector && !TRY(target.selector->selects(resource))) continue;
        TRY(add_to(resource, target, text, budget));
      }
    }
    return {};
  });
}

}  // namespace plumb::rendering::kustomize
