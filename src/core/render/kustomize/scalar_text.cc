#include "core/render/kustomize/scalar_text.h"

#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {

Value plain_scalar(std::string_view text) {
  return yaml::plain_value(text, yaml::Dialect::kustomize);
}

bool needs_quotes(const std::string& text) {
  return text.find('\n') != std::string::npos || !plain_scalar(text).is_string() ||
         !yaml::plain_value(text).is_string();
}

bool reads_otherwise(const std::string& text) {
  if (text.empty() || text.find('\n') != std::string::npos) return false;
  if (!yaml::plain_value(text).is_string()) return true;
  if (text.find_first_of(":[{#-?&*!|>%@`'\"") == std::string::npos) return false;
  Limits limits;
  limits.nodes = 1000;
  Budget budget(limits);
  const Result<Value> value = yaml::parse(text, "", budget);
  return value && !value->is_string();
}

}  // namespace plumb::rendering::kustomize
