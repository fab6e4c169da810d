#include "core/render/kustomize/tables/schema.h"

#include <algorithm>
#include <tuple>

namespace plumb::rendering::kustomize {
namespace {

#include "core/render/kustomize/tables/schema_data.inc"

constexpr SchemaDocument kBuiltin{kKeys, kTypes, kFields, kKinds, kDefinitions};

const SchemaKind* find_kind(const SchemaDocument& document, std::string_view api_version,
                            std::string_view kind) {
  auto before = [](const SchemaKind& row,
                   const std::pair<std::string_view, std::string_view>& key) {
    return std::tie(row.api_version, row.kind) < std::tie(key.first, key.second);
  };
  auto found = std::lower_bound(document.kinds.begin(), document.kinds.end(),
                                std::pair(api_version, kind), before);
  if (found == document.kinds.end() || found->api_version != api_version || found->kind != kind)
    return nullptr;
  return &*found;
}

}  // namespace

const SchemaDocument& builtin_schema() {
  return kBuiltin;
}

std::optional<SchemaNode> schema_of(const SchemaDocument& document, std::string_view api_version,
                                    std::string_view kind) {
  const SchemaKind* row = find_kind(document, api_version, kind);
  if (row == nullptr || row->type < 0) return std::nullopt;
  return SchemaNode(document, row->type);
}

Scope scope_of(const SchemaDocument& document, std::string_view api_version,
               std::string_view kind) {
  const SchemaKind* row = find_kind(document, api_version, kind);
  return row == nullptr ? Scope::unknown : row->scope;
}

std::optional<SchemaNode> SchemaNode::field(std::string_view name) const {
  const SchemaType& type = row();
  auto fields = document_->fields.subspan(type.first_field, type.field_count);
  auto found = std::lower_bound(
      fields.begin(), fields.end(), name,
      [](const SchemaField& field, std::string_view wanted) { return field.name < wanted; });
  if (found != fields.end() && found->name == name) {
    return node_of(found->type);
  }
  return node_of(type.additional);
}

std::vector<std::string> SchemaNode::field_names() const {
  std::vector<std::string> names;
  for (const SchemaField& field : document_->fields.subspan(row().first_field, row().field_count)) {
    names.emplace_back(field.name);
  }
  return names;
}

std::optional<SchemaNode> SchemaNode::elements() const {
  return node_of(row().items);
}

std::optional<SchemaNode> SchemaNode::node_of(int32_t type) const {
  if (type >= 0) return SchemaNode(*document_, type);
  if (type <= kFirstBuiltin) return SchemaNode(kBuiltin, kFirstBuiltin - type);
  return std::nullopt;
}

std::span<const std::string_view> SchemaNode::merge_keys() const {
  const SchemaKeys& keys = document_->keys[row().keys];
  return std::span(keys.names).first(keys.count);
}

}  // namespace plumb::rendering::kustomize
