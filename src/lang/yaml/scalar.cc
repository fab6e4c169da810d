#include "lang/yaml/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/digest.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "lang/json/json.h"
#include "lang/yaml/resolve.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {
namespace {

constexpr std::string_view kCore = "tag:yaml.org,2002:";

Error wrong_type(std::string_view tag) {
  return Error(kSyntax, "this value is not of the type its tag !!" + std::string(tag) + " says")
      .with_help("remove the tag or correct the value");
}

// A text resolved, or the text that !!binary encodes.
struct Typed {
  Resolved type;
  std::optional<std::string> decoded = {};
};

Result<Typed> decode_binary(std::string_view text) {
  std::string compact;
  std::copy_if(text.begin(), text.end(), std::back_inserter(compact),
               [](char c) { return c != '\n' && c != '\r'; });
  auto bytes = base64_decode(compact);
  if (!bytes) return Error(kSyntax, "this !!binary value is not base64");
  if (!is_valid_utf8(*bytes)) {
    return Error(kUnrepresentable, "this !!binary value is not text when decoded")
        .with_help("Kubernetes fields for bytes take base64 without the tag");
  }
  return Typed{IsText{}, std::move(bytes)};
}

Result<Typed> type_of(const Scalar& scalar, Dialect dialect) {
  if (scalar.tag.empty()) {
    return Typed{scalar.plain ? resolve(scalar.text, dialect) : Resolved(IsText{})};
  }
  if (scalar.tag == "!") return Typed{IsText{}};
  if (!scalar.tag.starts_with(kCore)) return unsupported_tag(scalar.tag);
  const std::string_view tag = scalar.tag.substr(kCore.size());
  if (tag == "str") return Typed{IsText{}};
  if (tag == "binary") return decode_binary(scalar.text);
  if (tag == "timestamp") {
    if (is_timestamp(scalar.text)) return Typed{IsText{}};
    return wrong_type(tag);
  }
  const Resolved type = resolve(scalar.text, dialect);
  const bool integer =
      std::holds_alternative<int64_t>(type) || std::holds_alternative<uint64_t>(type);
  if (tag == "int" && integer) return Typed{type};
  if (tag == "bool" && std::holds_alternative<bool>(type)) return Typed{type};
  if (tag == "null" && std::holds_alternative<std::nullptr_t>(type)) return Typed{type};
  if (tag == "float" && std::holds_alternative<double>(type)) return Typed{type};
  if (tag == "float" && std::holds_alternative<int64_t>(type)) {
    return Typed{static_cast<double>(std::get<int64_t>(type))};
  }
  if (tag == "int" || tag == "bool" || tag == "null" || tag == "float") return wrong_type(tag);
  return unsupported_tag(scalar.tag);
}

// kubectl turns YAML into JSON text and reads that: 1e3 and 1.0 arrive as integers.
Result<Value> number_value(double number) {
  if (!std::isfinite(number)) {
    return Error(kUnrepresentable, std::string(std::isnan(number) ? "NaN" : "infinity") +
                                       " cannot be represented: JSON has no such number")
        .with_help("quote it if text is meant");
  }
  if (std::trunc(number) != number) return Value(number);
  std::string text;
  json::append_number(text, number);
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc() && end == text.data() + text.size()) return Value(integer);
  return Value(number);
}

}  // namespace

Error unsupported_tag(std::string_view tag) {
  const std::string name =
      tag.starts_with(kCore) ? "!!" + std::string(tag.substr(kCore.size())) : std::string(tag);
  return Error(kUnsupportedTag, "tag \"" + escape_terminal(shorten(name)) + "\" is not supported")
      .with_help("write the value itself; quote the text if \"!\" is meant as text");
}

Result<Value> scalar_value(const Scalar& scalar, Dialect dialect) {
  if (scalar.tag.empty() && !scalar.plain) return Value::quoted(scalar.text);
  Typed typed = TRY(type_of(scalar, dialect));
  if (typed.decoded) return Value(*std::move(typed.decoded));
  using Out = Result<Value>;
  return std::visit(
      overloaded{
          [&](IsText) -> Out { return Value(scalar.text); },
          [&](IsTimestamp) -> Out {
            if (dialect != Dialect::kustomize) return Value(scalar.text);
            return Value(timestamp_in_json(scalar.text));
          },
          [&](std::nullptr_t) -> Out { return scalar.text.empty() ? Value::blank() : Value(); },
          [](bool flag) -> Out { return Value(flag); },
          [](int64_t integer) -> Out { return Value(integer); },
          [](uint64_t integer) -> Out { return Value(static_cast<double>(integer)); },
          [](double number) { return number_value(number); }},
      typed.type);
}

Result<std::string> scalar_key(const Scalar& scalar, Dialect dialect) {
  if (scalar.tag.empty() && !scalar.plain) return std::string(scalar.text);
  Typed typed = TRY(type_of(scalar, dialect));
  if (typed.decoded) return *std::move(typed.decoded);
  if (dialect == Dialect::kustomize && !std::holds_alternative<IsText>(typed.type)) {
    return Error(kBadKey, "a key has to be a text").with_help("quote the key");
  }
  using Out = Result<std::string>;
  return std::visit(
      overloaded{[&](IsText) -> Out { return std::string(scalar.text); },
                 [&](IsTimestamp) -> Out { return std::string(scalar.text); },
                 [](std::nullptr_t) -> Out {
                   return Error(kBadKey, "null cannot be a key").with_help("quote the key");
                 },
                 [](bool flag) -> Out { return std::string(flag ? "true" : "false"); },
                 [](int64_t integer) -> Out { return std::to_string(integer); },
                 [](uint64_t) -> Out {
                   return Error(kBadKey, "an integer of more than 63 bits cannot be a key")
                       .with_help("quote the key");
                 },
                 [](double number) -> Out { return format_g(number, true); }},
      typed.type);
}

Value plain_value(std::string_view text, Dialect dialect) {
  return scalar_value({text, "", true}, dialect).value_or(Value(text));
}

}  // namespace plumb::yaml
