#include "core/render/kustomize/vars.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "core/render/kustomize/field_path.h"
#include "core/render/kustomize/field_walk.h"
#include "core/render/kustomize/scalar_text.h"

namespace plumb::rendering::kustomize {
namespace {

std::string text_at(const Value& value, std::string_view field) {
  const Value* const found = value.find(field);
  return found == nullptr ? std::string() : scalar_text(*found);
}

std::string shown(const std::string& name) {
  return "\"" + escape_terminal(shorten(name)) + "\"";
}

ResourceId target_of(const Value& var) {
  const Value* const reference = var.find("objref");
  if (reference == nullptr) return {};
  ResourceId id{
      {text_at(*reference, "group"), text_at(*reference, "version"), text_at(*reference, "kind")},
      text_at(*reference, "name"),
      text_at(*reference, "namespace")};
  const std::string version = text_at(*reference, "apiVersion");
  const auto slashes = std::count(version.begin(), version.end(), '/');
  if (version.empty() || slashes > 1) return id;
  const Gvk gvk = Gvk::of(version, id.gvk.kind);
  if (slashes == 1) id.gvk.group = gvk.group;
  id.gvk.version = gvk.version;
  return id;
}

bool is_target(const Resource& resource, const ResourceId& wanted) {
  std::vector<ResourceId> ids = resource.previous_ids();
  ids.push_back(resource.id());
  return std::any_of(ids.begin(), ids.end(), [&wanted](const ResourceId& id) {
    if (!(id.gvk == wanted.gvk) || id.name != wanted.name) return false;
    return wanted.name_space.empty() || wanted.name_space == id.effective_namespace();
  });
}

// "ports[0]" is "ports" and "0".
std::vector<std::string> with_indexes_apart(const std::vector<std::string>& path) {
  std::vector<std::string> out;
  for (const std::string& part : path) {
    const size_t open = part.rfind('[');
    const bool is_indexed =
        part.ends_with(']') && open != std::string::npos && open + 2 < part.size() &&
        std::all_of(part.begin() + static_cast<std::ptrdiff_t>(open) + 1, part.end() - 1,
                    [](char c) { return c >= '0' && c <= '9'; });
    if (!is_indexed) {
      out.push_back(part);
      continue;
    }
    if (open > 0) out.push_back(part.substr(0, open));
    out.push_back(part.substr(open + 1, part.size() - open - 2));
  }
  return out;
}

struct Reference {
  std::string text;  // the name, or what is read instead of one
  bool is_name = false;
  size_t length = 0;
};

// Behind a dollar.
Reference read_reference(std::string_view text) {
  if (text.front() == '$') return {"$", false, 1};
  if (text.front() != '(') return {std::string("$") + text.front(), false, 1};
  const size_t close = text.find(')');
  if (close == std::string_view::npos) return {"$(", false, 1};
  return {std::string(text.substr(1, close - 1)), true, close + 1};
}

Result<void> expand_in(Value& field,
                       const std::function<const Value*(const std::string& name)>& value) {
  const auto expand = [&value](Value& at) {
    if (at.as_string()->find('$') != std::string::npos) at = expand_vars(*at.as_string(), value);
  };
  if (field.is_string()) {
    expand(field);
  } else if (const Map* const map = field.as_map()) {
    std::vector<std::string> keys;
    for (const Member& member : *map) {
      if (member.value.is_string()) keys.push_back(member.key);
    }
    for (const std::string& key : keys) expand(*field.mutable_map().find(key));
  } else if (field.is_list()) {
    for (Value& item : field.mutable_list()) {
      if (!item.is_string()) {
        return Error(kFieldShape,
                     "a list in which vars are replaced has an element that is no text");
      }
      expand(item);
    }
  }
  return {};
}

}  // namespace

Value expand_vars(const std::string& text,
                  const std::function<const Value*(const std::string& name)>& value) {
  std::string out;
  size_t done = 0;
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '$') continue;
    out.append(text, done, at - done);
    const Reference reference = read_reference(std::string_view(text).substr(at + 1));
    if (!reference.is_name) {
      out += reference.text;
    } else {
      const Value* const found = value(reference.text);
      if (found == nullptr) {
        out += "$(" + reference.text + ")";
      } else if (text.size() == reference.length + 1) {
        return is_scalar(*found) && found->is_string() ? Value(*found->as_string()) : *found;
      } else {
        out += scalar_text(*found);
      }
    }
    at += reference.length;
    done = at + 1;
  }
  return Value(out.append(text, std::min(done, text.size())));
}

Result<void> Vars::add(const List& vars, Resources& resources) {
  for (const Value& var : vars) {
    const std::string name = text_at(var, "name");
    const ResourceId wanted = target_of(var);
    Resource* found = nullptr;
    for (Resource& resource : resources) {
      if (!is_target(resource, wanted)) continue;
      if (found != nullptr) {
        return Error(kBadVar, "var " + shown(name) + " names more than one object: " +
                                  found->id().display() + " and " + resource.id().display());
      }
      found = &resource;
    }
    if (found != nullptr) found->var_names.push_back(name);
  }
  for (const Value& var : vars) {
    const std::string name = text_at(var, "name");
    std::string path = var.string_at({"fieldref", "fieldPath"});
    if (path.empty()) path = "metadata.name";
    if (!paths_.emplace(name, std::move(path)).second) {
      return Error(kBadVar, "var " + shown(name) + " is there already");
    }
  }
  return {};
}

Result<void> Vars::add_all(const Vars& more) {
  for (const auto& [name, path] : more.paths_) {
    if (!paths_.emplace(name, path).second) {
      return Error(kBadVar, "var " + shown(name) + " is there already");
    }
  }
  return {};
}

Result<void> Vars::replace(Resources& resources, const FieldSpecs& references) const {
  if (paths_.empty()) return {};
  std::unordered_map<std::string, Value> values;
  for (const auto& [name, path] : paths_) {
    const auto source = std::find_if(
        resources.begin(), resources.end(), [&wanted = name](const Resource& resource) {
          return std::find(resource.var_names.begin(), resource.var_names.end(), wanted) !=
                 resource.var_names.end();
        });
    if (source == resources.end()) {
      return Error(kBadVar, "var " + shown(name) + " names no object");
    }
    const Result<const Value*> field =
        look_up(source->value, with_indexes_apart(split_field_path(path)));
    if (!field || *field == nullptr) {
      return Error(kBadVar, "var " + shown(name) + ": " + source->id().display() +
                                " has no field " + shown(path));
    }
    Value value = **field;
    if (value.is_null()) value = Value(value.is_blank() ? "" : "null");
    values.emplace(name, std::move(value));
  }
  const auto value_of = [&values](const std::string& name) -> const Value* {
    const auto found = values.find(name);
    return found == values.end() || !is_scalar(found->second) ? nullptr : &found->second;
  };
  for (Resource& resource : resources) {
    for (const FieldSpec& spec : references) {
      TRY(change_fields(resource, spec, Create::nothing,
                        [&value_of](Value& field) { return expand_in(field, value_of); }));
    }
  }
  return {};
}

}  // namespace plumb::rendering::kustomize
