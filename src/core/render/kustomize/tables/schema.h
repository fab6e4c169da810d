// What kustomize knows of the types of objects: where strategic merge merges lists and by which
// keys, and which kinds live in namespaces.
//
// The built-in document is that of Kubernetes 1.21.2 and of kustomize's own kinds, from kyaml
// v0.21.1 (openapi/kubernetesapi, openapi/kustomizationapi); a kustomization may name another one,
// which CustomSchema holds (openapi.path). Lookups follow kyaml's ResourceSchema: an absent field
// is looked up in additionalProperties; what has no schema has no merge keys and its lists are
// replaced. Immutable, so that threads may share it. A SchemaNode borrows from its document.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/error.h"
#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadSchema{
    1050, "BadOpenApiSchema"};  // openapi.path names a file that is none

enum class Scope : uint8_t { unknown, namespaced, cluster };

// Rows of a document; everything refers to types by their index. -1 is none; what is less is a type
// of the built-in document: kFirstBuiltin is its type 0, the number before that its type 1.
inline constexpr int32_t kFirstBuiltin = -2;

struct SchemaKeys {
  uint8_t count = 0;
  std::array<std::string_view, 4> names;
};
struct SchemaType {
  uint32_t first_field = 0;
  uint32_t field_count = 0;  // sorted by name
  int32_t additional = -1;   // type of the values of a map
  int32_t items = -1;        // type of the elements of a list
  bool merge = false;        // the patch strategy has "merge"
  uint32_t keys = 0;
};
struct SchemaField {
  std::string_view name;
  int32_t type = 0;
};
struct SchemaKind {
  std::string_view api_version;
  std::string_view kind;
  int32_t type = -1;
  Scope scope = Scope::unknown;
};
struct SchemaDocument {
  std::span<const SchemaKeys> keys;
  std::span<const SchemaType> types;
  std::span<const SchemaField> fields;
  std::span<const SchemaKind> kinds;                   // sorted by apiVersion and kind
  std::span<const std::string_view> definitions = {};  // names, sorted, of types 1 and so on
};

// A place in a type. Cheap to copy; valid as long as its document.
class SchemaNode {
 public:
  SchemaNode(const SchemaDocument& document, int32_t type) : document_(&document), type_(type) {}

  // Of a map; nullopt where the schema says nothing about it.
  [[nodiscard]] std::optional<SchemaNode> field(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> field_names() const;
  // Of a list.
  [[nodiscard]] std::optional<SchemaNode> elements() const;
  // Whether elements of this list are merged with those of a patch, rather than replaced.
  [[nodiscard]] bool merges() const { return row().merge; }
  // The fields that tell elements apart; none for a list of scalars (finalizers).
  [[nodiscard]] std::span<const std::string_view> merge_keys() const;

 private:
  [[nodiscard]] std::optional<SchemaNode> node_of(int32_t type) const;
  [[nodiscard]] const SchemaType& row() const {
    return document_->types[static_cast<size_t>(type_)];
  }

  const SchemaDocument* document_;
  int32_t type_;
};

[[nodiscard]] const SchemaDocument& builtin_schema();

// The type of a kind; nullopt where the document does not have it.
[[nodiscard]] std::optional<SchemaNode> schema_of(const SchemaDocument& document,
                                                  std::string_view api_version,
                                                  std::string_view kind);
// unknown where the document does not have the kind. For a custom document, ask the built-in one
// first, as the original does.
[[nodiscard]] Scope scope_of(const SchemaDocument& document, std::string_view api_version,
                             std::string_view kind);

// A document that a kustomization brings along: OpenAPI v2 with definitions and paths.
class CustomSchema {
 public:
  // `file` is for messages. The value stays within the depth that its parser allowed. Whether
  // references may lead to built-in definitions.
  enum class References { own, builtin };
  [[nodiscard]] static Result<CustomSchema> make(const Value& swagger, const std::string& file,
                                                 References references, Budget& budget);

  CustomSchema(CustomSchema&&) noexcept = default;
  CustomSchema& operator=(CustomSchema&&) noexcept = default;
  CustomSchema(const CustomSchema&) = delete;
  CustomSchema& operator=(const CustomSchema&) = delete;
  ~CustomSchema() = default;

  [[nodiscard]] const SchemaDocument& document() const { return *document_; }

 private:
  friend class SchemaReader;
  CustomSchema() = default;

  std::deque<std::string> texts_;  // owns what the rows refer to
  std::vector<SchemaKeys> keys_;
  std::vector<SchemaType> types_;
  std::vector<SchemaField> fields_;
  std::vector<SchemaKind> kinds_;
  std::unique_ptr<SchemaDocument> document_;  // stays where it is when this is moved
};

}  // namespace plumb::rendering::kustomize
