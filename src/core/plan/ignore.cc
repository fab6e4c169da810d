#include "core/plan/ignore.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "lang/fieldset/fieldset.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

// What identifies an object, and what says whose it is.
bool is_identity(const JsonPointer& pointer) {
  if (pointer.empty()) return true;
  if (pointer[0] == "apiVersion" || pointer[0] == "kind") return true;
  if (pointer[0] != "metadata") return false;
  return pointer.size() == 1 || pointer[1] == "name" || pointer[1] == "namespace";
}

bool begins_with(const JsonPointer& path, const JsonPointer& prefix) {
  return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

const Value* part_at(const Value& value, const std::string& token) {
  if (value.is_map()) return value.find(token);
  if (!value.is_list()) return nullptr;
  size_t index = 0;
  const char* end = token.data() + token.size();
  const auto [stopped, error] = std::from_chars(token.data(), end, index);
  const List& items = *value.as_list();
  return error == std::errc() && stopped == end && index < items.size() ? &items[index] : nullptr;
}

// Whether leaving out what is at the pointer can make a difference: the body has it, or has some of
// a part that may be owned only as a whole. What stands at the top of an object never is.
bool concerns(const JsonPointer& pointer, const Value& body) {
  constexpr size_t kNeverAtomic = 2;  // "spec" and "metadata", and the fields right below them
  const Value* at = &body;
  for (size_t depth = 0; depth < pointer.size(); ++depth) {
    const Value* part = part_at(*at, pointer[depth]);
    if (part == nullptr) return depth >= kNeverAtomic && (at->is_map() || at->is_list());
    at = part;
  }
  return true;
}

// fieldsV1 of one manager, at some depth. nullptr: it owns nothing here.
using Fields = const Value*;

Fields below(Fields fields, std::string_view element) {
  return fields == nullptr ? nullptr : fields->find(element);
}

bool is_leaf(Fields fields) {
  if (fields == nullptr || !fields->is_map()) return true;
  const Map& elements = *fields->as_map();
  return std::all_of(elements.begin(), elements.end(),
                     [](const Member& element) { return element.key == "."; });
}

struct Owners {
  Fields ours = nullptr;
  std::vector<Fields> others;  // of whom the rules speak: all, or the managers that are named

  [[nodiscard]] Owners at(std::string_view element) const {
    Owners out{below(ours, element), {}};
    for (Fields other : others) {
      if (Fields part = below(other, element)) out.others.push_back(part);
    }
    return out;
  }
  // Somebody owns the value, and only as a whole: an atomic list or map, or a scalar.
  [[nodiscard]] bool atomic() const {
    return (ours != nullptr || !others.empty()) && is_leaf(ours) &&
           std::all_of(others.begin(), others.end(), is_leaf);
  }
};

// Leaves out of a body what is not ours to send, going down body, live object and owners together.
// NOLINTBEGIN(misc-no-recursion): depth is bounded by the Budget of whoever read the body
class Stripping {
 public:
  explicit Stripping(const std::vector<JsonPointer>* pointers) : pointers_(pointers) {}

  // nullopt: nothing of it is left.
  std::optional<Value> strip(const Value& body, const Value* live, const Owners& owners) {
    const bool ignored = is_ignored();
    if (ignored && live == nullptr) return std::nullopt;
    const bool container =
        (body.is_map() && !body.as_map()->empty()) || (body.is_list() && !body.as_list()->empty());
    if (container && !owners.atomic()) {
      return body.is_map() ? strip_map(*body.as_map(), live, owners)
                           : strip_list(body, live, owners);
    }
    const bool sent = pointers_ == nullptr ? owners.others.empty()
                      : ignored || (container && reaches_below())
                          ? owners.ours != nullptr && owners.others.empty()
                          : true;
    return sent ? std::optional(body) : std::nullopt;
  }

 private:
  // The path is at or below a pointer.
  [[nodiscard]] bool is_ignored() const {
    return pointers_ != nullptr &&
           std::any_of(pointers_->begin(), pointers_->end(),
                       [&](const JsonPointer& one) { return begins_with(path_, one); });
  }
  [[nodiscard]] bool reaches_below() const {
    return std::any_of(pointers_->begin(), pointers_->end(),
                       [&](const JsonPointer& one) { return begins_with(one, path_); });
  }

  std::optional<Value> strip_part(const std::string& token, const Value& body, const Value* live,
                                  const Owners& owners) {
    path_.push_back(token);
    std::optional<Value> out = strip(body, live, owners);
    path_.pop_back();
    return out;
  }

  std::optional<Value> strip_map(const Map& body, const Value* live, const Owners& owners) {
    Value out = Value::map();
    for (const Member& member : body) {
      const Value* part = live == nullptr ? nullptr : live->find(member.key);
      std::optional<Value> kept =
          strip_part(member.key, member.value, part, owners.at("f:" + member.key));
      if (kept) out.set(member.key, *std::move(kept));
    }
    if (out.as_map()->empty()) return std::nullopt;
    return out;
  }

  // Whether an element of fieldsV1 names this item. A key field that the item does not have (a
  // port without its protocol) is one with a default.
  static bool names(const std::string& element, const Value& item) {
    if (element.starts_with("v:")) return json::write(item) == element.substr(2);
    const Value keys = fieldset::key_fields(element);
    bool any = false;
    for (const Member& key : *keys.as_map()) {
      const Value* value = item.find(key.key);
      if (value != nullptr && *value != key.value) return false;
      any = any || value != nullptr;
    }
    return any;
  }

  // The element of fieldsV1 that names an item of a list, by anybody who owns some of it.
  static std::string element_of(const Value& item, const Owners& owners) {
    std::vector<Fields> all = owners.others;
    if (owners.ours != nullptr) all.push_back(owners.ours);
    for (Fields fields : all) {
      if (!fields->is_map()) continue;
      for (const Member& element : *fields->as_map()) {
        if (names(element.key, item)) return element.key;
      }
    }
    return {};
  }

  std::optional<Value> strip_list(const Value& body, const Value* live, const Owners& owners) {
    const List& items = *body.as_list();
    Value out = Value::list();
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string element = element_of(items[i], owners);
      const Value* part =
          live == nullptr || element.empty() ? nullptr : fieldset::part_of(*live, element);
      const Owners of_item = element.empty() ? Owners() : owners.at(element);
      std::optional<Value> kept = strip_part(std::to_string(i), items[i], part, of_item);
      if (!kept && items[i].is_map() && of_item.ours == nullptr) continue;
      if (items[i].is_map() && !element.empty()) {
        kept = with_keys(std::move(kept), items[i], element, of_item);
      }
      if (kept) out.mutable_list().push_back(*std::move(kept));
    }
    if (out.as_list()->empty()) return std::nullopt;
    return out;
  }

  // An item is nothing without its key fields. One of which nothing else is left, and which others
  // hold, is theirs.
  static std::optional<Value> with_keys(std::optional<Value> kept, const Value& item,
                                        const std::string& element, const Owners& owners) {
    const Value keys = fieldset::key_fields(element);
    Value out = kept ? *std::move(kept) : Value::map();
    for (const Member& key : *keys.as_map()) {
      if (const Value* value = item.find(key.key)) out.set(key.key, *value);
    }
    const bool only_keys = out.as_map()->size() <= keys.as_map()->size();
    const bool had_more = item.as_map()->size() > keys.as_map()->size();
    if (only_keys && had_more && !owners.others.empty()) return std::nullopt;
    return out;
  }

  const std::vector<JsonPointer>* pointers_;  // nullptr: by manager
  JsonPointer path_;
};
// NOLINTEND(misc-no-recursion)

Owners owners_of(const Value& live, const std::vector<std::string>* managers) {
  Owners out;
  const Value* entries = live.find_path({"metadata", "managedFields"});
  if (entries == nullptr || !entries->is_list()) return out;
  for (const Value& entry : *entries->as_list()) {
    const std::string manager = entry.string_at({"manager"});
    Fields fields = entry.find("fieldsV1");
    if (fields == nullptr) continue;
    const bool ours = manager == kFieldManager && entry.string_at({"operation"}) == "Apply" &&
                      entry.string_at({"subresource"}).empty();
    if (ours) {
      out.ours = fields;
    } else if (managers == nullptr ||
               std::find(managers->begin(), managers->end(), manager) != managers->end()) {
      out.others.push_back(fields);
    }
  }
  return out;
}

Value stripped(const Value& body, const Value& live, const Owners& owners,
               const std::vector<JsonPointer>* pointers) {
  Stripping stripping(pointers);
  return stripping.strip(body, &live, owners).value_or(Value::map());
}

}  // namespace

Result<JsonPointer> parse_ignored_pointer(std::string_view text) {
  const auto bad = [&](const std::string& what) {
    return Error(kBadIgnoreRule, "\"" + std::string(text) + "\" " + what)
        .with_help("write a JSON pointer to a field, such as /spec/replicas");
  };
  if (!text.starts_with('/')) return bad("is not a JSON pointer: it does not begin with /");
  JsonPointer out;
  std::string token;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '/') {
      out.push_back(std::move(token));
      token.clear();
    } else if (text[i] != '~') {
      token += text[i];
    } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      token += text[++i] == '0' ? '~' : '/';
    } else {
      return bad("is not a JSON pointer: ~ is written ~0, and / in a name ~1");
    }
  }
  out.push_back(std::move(token));
  if (is_identity(out)) return bad("names what makes the object this object");
  return out;
}

Result<void> check_pattern(const std::string& pattern) {
  const RE2 compiled(pattern, quiet());
  if (compiled.ok()) return {};
  return Error(kBadIgnoreRule,
               "\"" + pattern + "\" is not a regular expression: " + compiled.error())
      .with_help("a plain name is one; write . as \\.");
}

std::string pattern_of_text(const std::string& text) {
  return RE2::QuoteMeta(text);
}

struct IgnoreTargets::Rule {
  explicit Rule(const IgnoreRule& rule)
      : fields(rule.fields), place(rule.place), used(rule.fields.pointers.size()) {
    const ObjectSelector& target = rule.target;
    for (const std::string* part :
         {&target.group, &target.version, &target.kind, &target.name, &target.namespace_}) {
      patterns.push_back(part->empty() ? nullptr : std::make_unique<RE2>(*part, quiet()));
    }
  }

  [[nodiscard]] bool fits(const Manifest& manifest) const {
    const GroupVersionKind gvk = make_gvk(manifest.api_version, manifest.key.kind);
    const std::vector<const std::string*> texts = {&gvk.group, &gvk.version, &gvk.kind,
                                                   &manifest.key.name, &manifest.key.namespace_};
    for (size_t i = 0; i < texts.size(); ++i) {
      if (patterns[i] != nullptr && !RE2::FullMatch(*texts[i], *patterns[i])) return false;
    }
    return true;
  }

  IgnoredFields fields;
  std::string place;
  std::vector<std::unique_ptr<RE2>> patterns;
  bool has_fitted = false;
  std::vector<bool> used;  // by pointer
};

IgnoreTargets::IgnoreTargets(const std::vector<IgnoreRule>& rules) {
  for (const IgnoreRule& rule : rules) rules_.emplace_back(rule);
}
IgnoreTargets::~IgnoreTargets() = default;

IgnoredFields IgnoreTargets::fields_of(const Manifest& manifest) {
  IgnoredFields out;
  for (Rule& rule : rules_) {
    if (!rule.fits(manifest)) continue;
    rule.has_fitted = true;
    for (size_t i = 0; i < rule.used.size(); ++i) {
      if (!concerns(rule.fields.pointers[i], manifest.body)) continue;
      rule.used[i] = true;
      out.pointers.push_back(rule.fields.pointers[i]);
    }
    out.managers.insert(out.managers.end(), rule.fields.managers.begin(),
                        rule.fields.managers.end());
  }
  return out;
}

std::vector<Warning> IgnoreTargets::unused() const {
  std::vector<Warning> out;
  for (const Rule& rule : rules_) {
    if (!rule.has_fitted) {
      out.push_back({rule.place + " fits no object", {}});
      continue;
    }
    for (size_t i = 0; i < rule.used.size(); ++i) {
      if (rule.used[i]) continue;
      out.push_back(
          {rule.place + ": no object that it fits has " + json::to_pointer(rule.fields.pointers[i]),
           {}});
    }
  }
  return out;
}

bool are_ignored(const DriftBlame& blame, const IgnoredFields& ignored) {
  if (blame.paths.empty() || blame.managers.empty()) return false;
  const auto is_named = [&](const std::string& manager) {
    return std::find(ignored.managers.begin(), ignored.managers.end(), manager) !=
           ignored.managers.end();
  };
  if (std::all_of(blame.managers.begin(), blame.managers.end(), is_named)) return true;
  // The paths are for people, "spec.template.spec": a pointer into a list fits none of them.
  return std::all_of(blame.paths.begin(), blame.paths.end(), [&](const std::string& path) {
    return std::any_of(
        ignored.pointers.begin(), ignored.pointers.end(), [&](const JsonPointer& pointer) {
          const std::string place = join(pointer, ".");
          return path == place || path.starts_with(place + ".") || path.starts_with(place + "[");
        });
  });
}

std::string canonical_text(const IgnoredFields& ignored) {
  std::string out;
  for (const JsonPointer& pointer : ignored.pointers) {
    for (const std::string& token : pointer) json::append_string(out, token);
    out += '\n';
  }
  out += "by\n";
  for (const std::string& manager : ignored.managers) json::append_string(out, manager);
  return out;
}

Value without_ignored(const Value& body, const Value& live, const IgnoredFields& ignored) {
  Value out = body;
  if (!ignored.pointers.empty()) {
    out = stripped(out, live, owners_of(live, nullptr), &ignored.pointers);
  }
  if (!ignored.managers.empty()) {
    out = stripped(out, live, owners_of(live, &ignored.managers), nullptr);
  }
  // What makes the object this object, and ours, is never left out.
  for (const char* name : {"apiVersion", "kind"}) {
    if (const Value* value = body.find(name)) out.set(name, *value);
  }
  for (const char* name : {"name", "namespace"}) {
    if (const Value* value = body.find_path({"metadata", name})) {
      out.set_path({"metadata", name}, *value);
    }
  }
  for (const char* name : {kAppLabel, kAppNamespaceLabel}) {
    if (const Value* value = body.find_path({"metadata", "labels", name})) {
      out.set_path({"metadata", "labels", name}, *value);
    }
  }
  return out;
}

}  // namespace plumb
