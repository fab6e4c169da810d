#include "core/render/names.h"

#include <algorithm>

#include "base/text.h"

namespace plumb::rendering {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_alnum(char c) {
  return is_lower(c) || is_digit(c);
}
bool is_alnum(char c) {
  return is_letter(c) || is_digit(c);
}

// The character at `at`, whole where it is UTF-8.
std::string shown_character(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return "'" + escape_terminal(text.substr(at, end - at)) + "'";
}

Fault too_long(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::nullopt;
  return "it has " + std::to_string(text.size()) + " characters, at most " + std::to_string(limit) +
         " are allowed";
}

template <class Allowed>
Fault bad_character(std::string_view text, Allowed allowed, std::string_view what_is_allowed) {
  const auto at = std::find_if_not(text.begin(), text.end(), allowed);
  if (at == text.end()) return std::nullopt;
  return shown_character(text, static_cast<size_t>(at - text.begin())) + " is not allowed, only " +
         std::string(what_is_allowed);
}

constexpr std::string_view kLabelLetters = "a-z, 0-9 and '-'";
constexpr std::string_view kSubdomainLetters = "a-z, 0-9, '-' and '.'";
constexpr std::string_view kQualifiedLetters = "letters, digits, '-', '_' and '.'";

bool is_qualified(char c) {
  return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

// Names that go into a URL path as they are, with no rule of their own.
Fault path_segment_fault(std::string_view name) {
  if (name == "." || name == "..") return "it may not be \".\" or \"..\"";
  return bad_character(
      name, [](char c) { return c != '/' && c != '%' && static_cast<unsigned char>(c) >= ' '; },
      "what can stand in a URL path");
}

Fault service_name_fault(std::string_view name) {
  if (Fault fault = dns_label_fault(name)) return fault;
  if (!is_lower(name.front())) return "it must start with a letter";
  return std::nullopt;
}

bool has_path_segment_names(const GroupKind& kind) {
  return kind.group == "rbac.authorization.k8s.io" || kind.group.ends_with(".openshift.io") ||
         kind == GroupKind{"certificates.k8s.io", "ClusterTrustBundle"} ||
         kind == GroupKind{"networking.k8s.io", "IPAddress"};
}

bool has_label_names(const GroupKind& kind) {
  return kind == GroupKind{"", "Namespace"};
}

}  // namespace

Fault dns_label_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (Fault fault = bad_character(
          name, [](char c) { return is_lower_alnum(c) || c == '-'; }, kLabelLetters)) {
    return fault;
  }
  if (!is_lower_alnum(name.front()) || !is_lower_alnum(name.back())) {
    return "it must start and end with a letter or digit";
  }
  return too_long(name, 63);
}

Fault dns_subdomain_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (Fault fault = bad_character(
          name, [](char c) { return is_lower_alnum(c) || c == '-' || c == '.'; },
          kSubdomainLetters)) {
    return fault;
  }
  for (const std::string& part : split(name, '.')) {
    if (part.empty() || !is_lower_alnum(part.front()) || !is_lower_alnum(part.back())) {
      return name.find('.') == std::string_view::npos
                 ? "it must start and end with a letter or digit"
                 : "each part between dots must start and end with a letter or digit";
    }
  }
  return too_long(name, 253);
}

Fault object_name_fault(const GroupKind& kind, std::string_view name) {
  if (name.empty()) return "it is empty";
  if (has_path_segment_names(kind)) return path_segment_fault(name);
  if (has_label_names(kind)) return dns_label_fault(name);
  if (kind == GroupKind{"", "Service"}) return service_name_fault(name);
  return dns_subdomain_fault(name);
}

Fault api_version_fault(std::string_view api_version) {
  const std::vector<std::string> parts = split(api_version, '/');
  if (parts.size() > 2) return "it has more than one '/'";
  if (parts.size() == 2) {
    if (const Fault fault = dns_subdomain_fault(parts[0])) return "in the group, " + *fault;
  }
  if (const Fault fault = dns_label_fault(parts.back())) return "in the version, " + *fault;
  return std::nullopt;
}

Fault kind_fault(std::string_view kind) {
  if (kind.empty()) return "it is empty";
  if (!is_letter(kind.front())) return "it must start with a letter";
  if (Fault fault = bad_character(
          kind, [](char c) { return is_alnum(c) || c == '-'; }, "letters, digits and '-'")) {
    return fault;
  }
  return too_long(kind, 63);
}

Fault qualified_name_fault(std::string_view key) {
  const size_t slash = key.find('/');
  std::string_view name = key;
  if (slash != std::string_view::npos) {
    if (const Fault fault = dns_subdomain_fault(to_lower(key.substr(0, slash)))) {
      return "in the prefix before '/', " + *fault;
    }
    name = key.substr(slash + 1);
  }
  if (name.empty()) return slash == std::string_view::npos ? "it is empty" : "it ends with '/'";
  if (Fault fault = bad_character(name, is_qualified, kQualifiedLetters)) return fault;
  if (!is_alnum(name.front()) || !is_alnum(name.back())) {
    return "it must start and end with a letter or digit";
  }
  return too_long(name, 63);
}

Fault label_value_fault(std::string_view value) {
  if (value.empty()) return std::nullopt;
  if (Fault fault = too_long(value, 63)) return fault;
  if (Fault fault = bad_character(value, is_qualified, kQualifiedLetters)) return fault;
  if (!is_alnum(value.front()) || !is_alnum(value.back())) {
    return "it must start and end with a letter or digit";
  }
  return std::nullopt;
}

Fault data_key_fault(std::string_view key) {
  if (key.empty()) return "it is empty";
  if (key == "." || key == ".." || key.starts_with("..")) return "it may not start with \"..\"";
  if (Fault fault = bad_character(key, is_qualified, kQualifiedLetters)) return fault;
  return too_long(key, 253);
}

std::string suggested_name(const GroupKind& kind, std::string_view name) {
  std::string out;
  for (const char c : to_lower(name)) {
    const bool dot = c == '.' && !has_label_names(kind) && kind.kind != "Service";
    out += is_lower_alnum(c) || dot ? c : '-';
  }
  const size_t limit = has_label_names(kind) || kind.kind == "Service" ? 63 : 253;
  out = out.substr(0, limit);
  while (!out.empty() && !is_lower_alnum(out.back())) out.pop_back();
  out.erase(0, std::min(out.find_first_not_of("-."), out.size()));
  return out == name || object_name_fault(kind, out) ? "" : out;
}

}  // namespace plumb::rendering
