#include "core/render/kustomize/patches.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "core/render/kustomize/replacements.h"
#include "core/render/kustomize/resource_text.h"

namespace plumb::rendering::kustomize {
namespace {

// The original sets annotations as texts, where null is none.
Value with_texts(const Value& patch, const char* field) {
  const Value* const found = patch.find_path({"metadata", field});
  if (found == nullptr) return patch;
  Value out = patch;
  const Map* const map = found->as_map();
  if (map == nullptr || map->empty()) {
    out.erase_path({"metadata", field});
    return out;
  }
  std::vector<Member> members;
  for (const Member& member : *map) {
    const bool is_null = member.value.is_null() && !member.value.is_blank();
    members.push_back({member.key, member.value.is_string()
                                       ? member.value
                                       : Value(is_null ? "null" : scalar_text(member.value))});
  }
  out.set_path({"metadata", field}, Value(Map(std::move(members))));
  return out;
}

// Of a selected object: in the original its patch is rewritten, so that labels and annotations are
// texts (null is none) and an empty map is no map.
Value for_selected(const Value& patch, const Resource& resource) {
  Value out = with_texts(with_texts(patch, "labels"), "annotations");
  out.set("apiVersion", Value(resource.gvk().api_version()));
  return out;
}

bool same_object(const ResourceId& a, const ResourceId& b) {
  return a.key() == b.key();
}

Result<size_t> find_target(const Resources& resources, const Resource& patch) {
  const ResourceId wanted = patch.original_id();
  std::vector<size_t> found;
  for (size_t i = 0; i < resources.size(); ++i) {
    const Resource& resource = resources[i];
    const Map* const map = resource.value.as_map();
    if (map == nullptr || map->empty()) continue;
    std::vector<ResourceId> ids = resource.previous_ids();
    ids.push_back(resource.id());
    if (std::any_of(ids.begin(), ids.end(),
                    [&wanted](const ResourceId& id) { return same_object(id, wanted); })) {
      found.push_back(i);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Error(kNoPatchTarget, "no object is the " + wanted.display() + " of this patch")
        .at(patch.origin.position())
        .with_help(
            "a patch without a target needs the apiVersion, kind, name and namespace of "
            "its object");
  }
  return Error(kNoPatchTarget, "more than one object is the " + wanted.display() + " of this patch")
      .at(patch.origin.position());
}

Result<void> check_ids(const Resources& resources) {
  std::unordered_set<std::string> seen;
  for (const Resource& resource : resources) {
    if (seen.insert(resource.id().key()).second) continue;
    return Error(kIdConflict, resource.id().display() + " is there twice after this patch");
  }
  return {};
}

// The original keeps what it knows of an object in annotations, so that the map is there.
bool is_annotated(const Resource& resource) {
  return !resource.previous.empty() || !resource.prefixes.empty() || !resource.suffixes.empty() ||
         resource.needs_hash || resource.behavior != Behavior::unspecified;
}

void make_annotations(Value& object) {
  const Value* const found = object.find_path({"metadata", "annotations"});
  if (found == nullptr || found->is_null()) {
    object.set_path({"metadata", "annotations"}, Value::map());
  }
}

void erase_deleted(Resources& resources) {
  std::erase_if(resources, [](const Resource& resource) {
    const Map* const map = resource.value.as_map();
    return map == nullptr || map->empty();
  });
}

}  // namespace

void Patch::set_place(const PatchText& text) {
  place_ = {text.file, std::max(text.line, 1), 0};
  is_inline_ = text.line > 0;
}

// Lines inside a patch that stands in a kustomization are none of the file.
Error Patch::at_place(const Error& error) const {
  return error.position() && !is_inline_ ? error : error.at(place_);
}

Result<Patch> Patch::parse(const Value& entry, const PatchText& text, const Schemas& schemas,
                           Budget& budget) {
  Patch out;
  out.set_place(text);
  out.allows_name_ = entry.bool_at({"options", "allowNameChange"});
  out.allows_kind_ = entry.bool_at({"options", "allowKindChange"});
  Result<Resources> objects = read_resources(text.text, text.file, schemas, budget, Purpose::patch);
  Result<JsonPatch> json = text.text.empty()
                               ? Result<JsonPatch>(Error(kBadJsonPatch, "the patch is empty"))
                               : JsonPatch::parse(text.text, text.file, budget);
  if (!objects && !json) {
    const bool is_list = trim(text.text).starts_with('[') || trim(text.text).starts_with('-');
    const Error& cause = is_list ? json.error() : objects.error();
    return out.at_place(cause.while_doing("reading a patch"));
  }
  if (objects && json && !objects->empty() && !json->empty()) {
    return Error(kBadPatch, "this is both a strategic merge patch and a JSON patch").at(out.place_);
  }
  if (const Value* target = entry.find("target"); target != nullptr && !target->is_null()) {
    Result<Selector> selector = Selector::parse(*target);
    if (!selector) return out.at_place(selector.error());
    out.target_ = *std::move(selector);
  }
  if (objects) {
    out.kind_ = objects->empty() ? Kind::none : Kind::strategic;
    out.strategic_ = *std::move(objects);
    for (Resource& patch : out.strategic_) {
      if (out.allows_name_ || out.allows_kind_)
        patch.value = with_texts(patch.value, "annotations");
    }
  } else {
    out.kind_ = Kind::json;
    out.json_ = *std::move(json);
  }
  return out;
}

Result<Patch> Patch::parse_strategic(const PatchText& text, const Schemas& schemas,
                                     Budget& budget) {
  Patch out;
  out.set_place(text);
  out.kind_ = Kind::strategic_each;
  Result<Resources> objects = read_resources(text.text, text.file, schemas, budget, Purpose::patch);
  if (!objects) return out.at_place(objects.error());
  out.strategic_ = *std::move(objects);
  return out;
}

Result<Patch> Patch::parse_json(const Value& entry, const PatchText& text, Budget& budget) {
  Patch out;
  out.set_place(text);
  out.kind_ = Kind::json_deprecated;
  const Value* const target = entry.find("target");
  if (target == nullptr || target->string_at({"name"}).empty()) {
    return Error(kBadPatch, "a JSON patch needs the name of its target").at(out.place_);
  }
  Result<JsonPatch> json = JsonPatch::parse(text.text, text.file, budget);
  if (!json) return out.at_place(json.error());
  if (json->empty()) return Error(kBadPatch, "this JSON patch is empty").at(out.place_);
  out.json_ = *std::move(json);
  Result<Selector> selector = Selector::parse(*target);
  if (!selector) return out.at_place(selector.error());
  out.target_ = *std::move(selector);
  return out;
}

Result<void> Patch::apply(Resources& resources, Budget& budget) const {
  Result<void> done;
  switch (kind_) {
    case Kind::none:
      return {};
    case Kind::strategic:
    case Kind::strategic_each:
      done = apply_strategic(resources, budget);
      break;
    case Kind::json:
    case Kind::json_deprecated:
      done = apply_json(resources, budget);
      break;
  }
  if (!done) return at_place(done.error());
  erase_deleted(resources);
  return {};
}

Result<void> Patch::merge_into(Resource& resource, const Value& patch, Budget& budget) const {
  const auto field = [&resource](std::initializer_list<std::string_view> path) {
    const Value* const found = resource.value.find_path(path);
    return found == nullptr ? Value::blank() : *found;
  };
  const Value name = field({"metadata", "name"});
  const Value kind = field({"kind"});
  const Value space = field({"metadata", "namespace"});
  if (allows_name_ || allows_kind_) resource.remember_id();
  const Gvk gvk = resource.gvk();
  const SchemaDocument& schema = resource.schemas->document(gvk.api_version(), gvk.kind);
  Result<std::optional<Value>> merged =
      strategic_merge(std::exchange(resource.value, Value()), patch, schema, budget);
  if (!merged) return merged.error();
  if (!*merged) return {};
  resource.value = **std::move(merged);
  if (!allows_kind_) resource.value.set("kind", kind);
  if (!allows_name_) resource.value.set_path({"metadata", "name"}, name);
  if (scalar_text(space).empty()) {
    resource.value.erase_path({"metadata", "namespace"});
  } else {
    resource.value.set_path({"metadata", "namespace"}, space);
  }
  return {};
}

Result<void> Patch::merge_selected(Resources& resources, const std::vector<size_t>& selected,
                                   const Resource& patch, Budget& budget) const {
  for (size_t index : selected) {
    Resource& resource = resources[index];
    const std::string shown = resource.id().display();
    const Result<void> done = merge_into(resource, for_selected(patch.value, resource), budget);
    if (!done) return done.error().while_doing("patching " + shown);
  }
  erase_deleted(resources);
  return check_ids(resources);
}

Result<void> Patch::apply_strategic(Resources& resources, Budget& budget) const {
  if (kind_ == Kind::strategic && target_) {
    if (strategic_.size() > 1) {
      return Error(kBadPatch, "a patch with a target is one document, this has " +
                                  std::to_string(strategic_.size()))
          .with_help("make an entry of patches for each, or leave out the target");
    }
    return merge_selected(resources, TRY(select(resources, *target_)), strategic_.front(), budget);
  }
  for (const Resource& patch : strategic_) {
    const size_t index = TRY(find_target(resources, patch));
    if (kind_ == Kind::strategic_each) {
      TRY(merge_selected(resources, {index}, patch, budget));
      continue;
    }
    const Result<void> done = merge_into(resources[index], patch.value, budget);
    if (!done) {
      return done.error().while_doing("patching " + patch.id().display());
    }
  }
  return {};
}

Result<void> Patch::apply_json(Resources& resources, Budget& budget) const {
  if (!target_) {
    return Error(kBadPatch, "a JSON patch needs a target")
        .with_help("name the kind and name of its objects under target");
  }
  for (size_t index : TRY(select(resources, *target_))) {
    Resource& resource = resources[index];
    if (kind_ == Kind::json) resource.remember_id();
    if (is_annotated(resource)) make_annotations(resource.value);
    TRY(check_unfit(resource));  // it works on the object as written
    Result<Value> patched = json_->apply(resource.value, budget);
    if (!patched) {
      return patched.error().while_doing("patching " + resource.id().display());
    }
    resource.value = *std::move(patched);
    const Value* const annotations = resource.value.find_path({"metadata", "annotations"});
    if (annotations != nullptr && !annotations->is_map()) {
      resource.value.erase_path({"metadata", "annotations"});
    }
    normalise_annotations(resource.value);
  }
  return {};
}

}  // namespace plumb::rendering::kustomize
