#include "core/render/kustomize/patch_plugins.h"

#include <algorithm>

#include "base/text.h"
#include "core/render/kustomize/patches.h"
#include "core/render/kustomize/replacements.h"
#include "core/render/kustomize/resource_text.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

Error placed(const Error& error, const Position& where) {
  return error.position() ? error : error.at(where);
}

Result<PatchText> read_file(const std::string& path, const PluginContext& context,
                            const Position& where) {
  const Result<RelPath> file = context.loader.find(path);
  if (!file) return placed(file.error(), where);
  Result<std::string> text = context.loader.read(*file, context.budget);
  if (!text) return placed(text.error(), where);
  return PatchText{*std::move(text), context.loader.name(*file), 0};
}

PatchText written_in_place(std::string text, const Position& where) {
  return {std::move(text), where.file, where.line};
}

// Of an entry that has a path or the text itself.
Result<PatchText> read_either(const Value& entry, const char* text_field,
                              const PluginContext& context, const Position& where) {
  const std::string path = entry.string_at({"path"});
  const std::string text(trim(entry.string_at({text_field})));
  if (path.empty() == text.empty()) {
    return Error(kBadPatch, path.empty() ? "a patch needs a path or a text"
                                         : "a patch has a path or a text, not both")
        .at(where);
  }
  if (path.empty()) return written_in_place(text, where);
  return read_file(path, context, where);
}

TransformerRun run_of(Patch patch, Budget& budget) {
  return [patch = std::move(patch), &budget](Resources& resources) {
    return patch.apply(resources, budget);
  };
}

Result<List> replacements_of(const Value& entry, const PluginContext& context,
                             const Position& where) {
  const std::string path = entry.string_at({"path"});
  if (path.empty()) return List{entry};
  const Value* const source = entry.find("source");
  const Value* const targets = entry.find("targets");
  if ((source != nullptr && !source->is_null()) ||
      (targets != nullptr && targets->is_list() && !targets->as_list()->empty())) {
    return Error(kBadReplacement, "a replacement has a path or stands in place, not both")
        .at(where);
  }
  const PatchText text = TRY(read_file(path, context, where));
  const Value value = TRY(yaml::parse(text.text, text.file, context.budget));
  if (value.is_map()) return List{value};
  if (value.is_list()) return *value.as_list();
  return Error(kBadReplacement, "this file has neither a replacement nor a list of them")
      .at({text.file, 1, 0});
}

}  // namespace

Result<TransformerRun> patch_transformer(const Value& entry, const PluginContext& context,
                                         const Position& where) {
  const PatchText text = TRY(read_either(entry, "patch", context, where));
  return run_of(TRY(Patch::parse(entry, text, context.schemas, context.budget)), context.budget);
}

Result<TransformerRun> strategic_merge_transformer(const std::vector<std::string>& paths,
                                                   const std::string& text,
                                                   const PluginContext& context,
                                                   const Position& where) {
  if (paths.empty() && text.empty()) return Error(kBadPatch, "there is no patch").at(where);
  std::vector<Patch> patches;
  for (const std::string& path : paths) {
    PatchText one = written_in_place(path, where);
    if (!read_resources(path, where.file, context.schemas, context.budget)) {
      one = TRY(read_file(path, context, where));
    }
    patches.push_back(TRY(Patch::parse_strategic(one, context.schemas, context.budget)));
  }
  if (!text.empty()) {
    patches.push_back(TRY(
        Patch::parse_strategic(written_in_place(text, where), context.schemas, context.budget)));
  }
  if (std::all_of(patches.begin(), patches.end(),
                  [](const Patch& patch) { return patch.empty(); })) {
    return Error(kBadPatch, "the patch is empty").at(where);
  }
  return TransformerRun([patches = std::move(patches),
                         &budget = context.budget](Resources& resources) -> Result<void> {
    for (const Patch& patch : patches) TRY(patch.apply(resources, budget));
    return {};
  });
}

Result<TransformerRun> json_patch_transformer(const Value& entry, const char* text_field,
                                              const PluginContext& context, const Position& where) {
  const PatchText text = TRY(read_either(entry, text_field, context, where));
  return run_of(TRY(Patch::parse_json(entry, text, context.budget)), context.budget);
}

Result<TransformerRun> replacement_transformer(const List& entries, const PluginContext& context,
                                               const Position& where) {
  List all;
  for (const Value& entry : entries) {
    for (Value& replacement : TRY(replacements_of(entry, context, where))) {
      all.push_back(std::move(replacement));
    }
  }
  return TransformerRun([all = std::move(all), where,
                         &budget = context.budget](Resources& resources) -> Result<void> {
    for (const Value& replacement : all) {
      const Result<void> done = replace_fields(resources, replacement, where, budget);
      if (!done) return placed(done.error(), where);
    }
    return {};
  });
}

}  // namespace plumb::rendering::kustomize
