// Resources and their identities as kustomize tracks them through a build: what an object is called
// now, what it was called before each change of name, namespace or kind, and by which prefixes and
// suffixes it was renamed. Owned by one build; not thread safe. Behaviour of kustomize api v0.21.1
// (resource, resmap) and kyaml v0.21.1 (resid), which keep this in annotations; here it stands
// beside the object, so that no input can forge it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/render/kustomize/tables/schema.h"
#include "lang/value/value.h"
#include "model/manifests.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kIdConflict{1005, "KustomizeIdConflict"};

// What a build knows of types beyond the built-in ones; owned by the build.
struct Schemas {
  // What the built-in types are beside those of a custom schema. The original has one table that it
  // fills when it is first asked, so that it depends on what was read before the custom schema was.
  enum class Builtin { absent, hidden, preferred };

  const SchemaDocument* custom = nullptr;  // from `openapi`, once a kustomization has named one
  Builtin builtin = Builtin::absent;

  // What merges of a kind go by.
  [[nodiscard]] const SchemaDocument& document(std::string_view api_version,
                                               std::string_view kind) const;
};

struct Gvk {
  std::string group = {};
  std::string version = {};
  std::string kind = {};
  Scope custom_scope = Scope::unknown;  // by a schema that the build brings along

  [[nodiscard]] static Gvk of(const std::string& api_version, std::string kind);
  [[nodiscard]] std::string api_version() const;
  // An empty part of the selector fits any.
  [[nodiscard]] bool is_selected(std::string_view group, std::string_view version,
                                 std::string_view kind) const;
  [[nodiscard]] bool is_cluster_scoped() const;  // certainly, by what the schemas say

  friend bool operator==(const Gvk& a, const Gvk& b) {
    return a.group == b.group && a.version == b.version && a.kind == b.kind;
  }
};

struct ResourceId {
  Gvk gvk;
  std::string name;
  std::string name_space;  // as written; empty where the object has none

  // "default" where none is given; one word of its own for cluster-scoped kinds.
  [[nodiscard]] std::string effective_namespace() const;
  // Equal keys mean the same object.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string display() const;  // for messages
};

enum class Behavior { unspecified, create, replace, merge };

// A field that was given a text that does not fit its type. The original keeps both, and notices
// when it writes the object: what puts another value there in time mends it.
struct UnfitField {
  std::vector<std::string> path;  // names, and numbers of list elements
  Value::Type type;
  std::string text;
  Position where;  // of what wrote it
};

struct Resource {
  Value value;
  Origin origin = {};

  std::vector<ResourceId> previous = {};  // api version: that of now
  std::vector<std::string> prefixes = {};
  std::vector<std::string> suffixes = {};
  std::vector<UnfitField> unfit = {};
  bool needs_hash = false;
  Behavior behavior = Behavior::unspecified;
  std::vector<std::string> var_names = {};  // vars that take a field of this object
  const Schemas* schemas = nullptr;         // of the build, which outlives this

  [[nodiscard]] std::string kind() const { return value.string_at({"kind"}); }
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string name_space() const;
  [[nodiscard]] Gvk gvk() const;
  [[nodiscard]] ResourceId id() const;
  [[nodiscard]] ResourceId original_id() const;
  [[nodiscard]] std::vector<ResourceId> previous_ids() const;
  void remember_id();
};

using Resources = std::vector<Resource>;

// Appends; an object that is there already is kIdConflict.
[[nodiscard]] Result<void> append_all(Resources& to, Resources more);

// The text of a scalar, as the original's nodes hold it; "" for lists and maps.
[[nodiscard]] std::string scalar_text(const Value& value);

// Values of kustomize's string maps (annotations) are always text; an empty map is no map.
void normalise_annotations(Value& object);

}  // namespace plumb::rendering::kustomize
