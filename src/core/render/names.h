// The grammars of names, labels and annotation keys (Kubernetes v1.36, apimachinery/util/validation
// and api/validation). Each function returns what is wrong, for a message after "… is not valid:",
// or nullopt. Text of the input in it is safe to print.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/object.h"

namespace plumb::rendering {

using Fault = std::optional<std::string>;

[[nodiscard]] Fault dns_label_fault(std::string_view name);      // RFC 1123, at most 63
[[nodiscard]] Fault dns_subdomain_fault(std::string_view name);  // RFC 1123, at most 253
[[nodiscard]] Fault object_name_fault(const GroupKind& kind, std::string_view name);
[[nodiscard]] Fault api_version_fault(std::string_view api_version);
[[nodiscard]] Fault kind_fault(std::string_view kind);
[[nodiscard]] Fault qualified_name_fault(std::string_view key);  // keys of labels and annotations
[[nodiscard]] Fault label_value_fault(std::string_view value);   // never quotes the value
[[nodiscard]] Fault data_key_fault(std::string_view key);        // of ConfigMap and Secret

// The valid name nearest to it ("Web_App" -> "web-app"), or "".
[[nodiscard]] std::string suggested_name(const GroupKind& kind, std::string_view name);

}  // namespace plumb::rendering
