#include "core/render/kustomize/scalar_text.h"

#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {

Value plain_scalar(std::string_view text) {
  return yaml::plain_value(text, yaml::Dialect::kustomize);
}

bool is_written_quoted(const Value& value) {
  const std::string* const text = value.as_string();
  if (text == nullptr) return false;
  return value.is_quoted() || text->find('\n') != std::string::npos ||
         !plain_scalar(*text).is_string();
}

}  // namespace plumb::rendering::kustomize
