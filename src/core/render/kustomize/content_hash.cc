#include "core/render/kustomize/content_hash.h"

#include "base/digest.h"
#include "core/render/kustomize/resource.h"
#include "lang/json/json.h"
#include "lang/yaml/folded.h"

namespace plumb::rendering::kustomize {
namespace {

// As Go's encoding/json, which escapes what HTML would read.
std::string go_json(const Value& value) {
  std::string out;
  for (const char c : json::write(yaml::rewritten(value))) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Maps as they are; a scalar is its text: a written null "null", nothing "". What should be a map
// and is a list is null.
Value part(const Value& object, std::string_view field) {
  const Value* const found = object.find(field);
  if (found == nullptr) return "";
  if (found->is_list()) return Value();
  if (found->is_null() && !found->is_blank()) return "null";
  return found->is_map() ? *found : Value(scalar_text(*found));
}

void set_if_map(Value& to, const Value& object, std::string_view field) {
  if (Value found = part(object, field); found.is_map() || found.is_null())
    to.set(field, std::move(found));
}

std::string encoded(const Value& object) {
  const std::string kind = object.string_at({"kind"});
  if (kind != "ConfigMap" && kind != "Secret") return go_json(object);
  // The original means to take metadata.name in, and finds none.
  Value parts = Value::map({{"kind", kind}, {"name", ""}, {"data", part(object, "data")}});
  if (kind == "ConfigMap") {
    set_if_map(parts, object, "binaryData");
  } else {
    parts.set("type", part(object, "type"));
    set_if_map(parts, object, "stringData");
  }
  return go_json(parts);
}

}  // namespace

std::string content_hash(const Value& object) {
  std::string out = sha256(encoded(object)).hex().substr(0, 10);
  for (char& c : out) {  // no vowels, and nothing that reads like another character
    switch (c) {
      case '0':
        c = 'g';
        break;
      case '1':
        c = 'h';
        break;
      case '3':
        c = 'k';
        break;
      case 'a':
        c = 'm';
        break;
      case 'e':
        c = 't';
        break;
      default:
        break;
    }
  }
  return out;
}

void add_content_hashes(Resources& resources) {
  for (Resource& resource : resources) {
    if (!resource.needs_hash) continue;
    const std::string hash = content_hash(resource.value);
    resource.remember_id();
    resource.value.set_path({"metadata", "name"}, Value(resource.name() + "-" + hash));
  }
}

}  // namespace plumb::rendering::kustomize
