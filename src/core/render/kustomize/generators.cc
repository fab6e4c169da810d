#include "core/render/kustomize/generators.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

// In lines of 70 characters where there is more than one.
std::string base64_lines(std::string_view bytes) {
  constexpr size_t kLine = 70;
  std::string text = base64_encode(bytes);
  if (text.size() < kLine) return text;
  std::string out;
  for (size_t i = 0; i < text.size(); i += kLine) out += text.substr(i, kLine) + "\n";
  return out;
}

std::string_view without_quotes(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return text;
  if (text.front() != '"' && text.front() != '\'') return text;
  return text.substr(1, text.size() - 2);
}

class KeyValues {
 public:
  KeyValues(const Loader& loader, const Position& where, Budget& budget)
      : loader_(loader), where_(where), budget_(budget) {}

  Result<Pairs> read(const Value& arguments) {
    for (const std::string& path : texts_of(arguments.find("envs"))) TRY(add_env_file(path));
    for (const std::string& literal : texts_of(arguments.find("literals"))) {
      TRY(add_literal(literal));
    }
    for (const std::string& source : texts_of(arguments.find("files"))) TRY(add_file(source));
    return std::move(pairs_);
  }

 private:
  [[nodiscard]] Error bad(const std::string& what) const {
    return Error(kBadGenerator, what).at(where_);
  }

  Result<std::string> load(const std::string& path) {
    const Result<RelPath> file = loader_.find(path);
    if (!file) return file.error().position() ? file.error() : file.error().at(where_);
    Result<std::string> text = loader_.read(*file, budget_);
    if (!text && !text.error().position()) return text.error().at(where_);
    return text;
  }

  Result<void> add_literal(const std::string& literal) {
    const size_t equal = literal.find('=');
    if (equal == std::string::npos || equal == 0) {
      return bad("a literal has to be KEY=VALUE")
          .with_help("quote the whole of it, if it has spaces");
    }
    pairs_.emplace_back(literal.substr(0, equal),
                        without_quotes(std::string_view(literal).substr(equal + 1)));
    return {};
  }

  Result<void> add_file(const std::string& source) {
    const auto count = std::count(source.begin(), source.end(), '=');
    const size_t equal = source.find('=');
    if (count > 1) return bad("file " + quoted(source) + " has more than one \"=\"");
    if (count == 1 && equal == 0) return bad("file " + quoted(source) + " has no key before \"=\"");
    if (count == 1 && equal + 1 == source.size()) {
      return bad("file " + quoted(source) + " has no path behind \"=\"");
    }
    const std::string path = count == 0 ? source : source.substr(equal + 1);
    std::string key = source.substr(0, equal);
    if (count == 0) {
      while (key.size() > 1 && key.ends_with('/')) key.pop_back();
      key = key.substr(key.rfind('/') + 1);
    }
    pairs_.emplace_back(std::move(key), TRY(load(path)));
    return {};
  }

  Result<void> add_env_file(const std::string& path) {
    const std::string text = TRY(load(path));
    int number = 0;
    for (std::string& line : split(text, '\n')) {
      if (line.ends_with('\r')) line.pop_back();
      TRY(add_line(line, ++number, path));
    }
    return {};
  }

  Result<void> add_line(std::string_view line, int number, const std::string& path) {
    if (!is_valid_utf8(line)) {
      return bad("line " + std::to_string(number) + " of " + quoted(path) + " is not UTF-8");
    }
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    line.remove_prefix(std::min(line.find_first_not_of(" \t\v\f\r"), line.size()));
    if (line.empty() || line.front() == '#') return {};
    const size_t equal = line.find('=');
    if (equal == 0) return {};
    const std::string_view value =
        equal == std::string_view::npos ? std::string_view() : line.substr(equal + 1);
    pairs_.emplace_back(line.substr(0, equal), value);
    return {};
  }

  const Loader& loader_;
  const Position& where_;
  Budget& budget_;
  Pairs pairs_;
};

Result<void> set_config_map_entry(Value& object, const std::string& key, const std::string& value) {
  if (!is_valid_utf8(value)) {
    object.set_path({"binaryData", key}, Value(base64_lines(value)));
    return {};
  }
  if (value.starts_with('\t') && value.find('\n') != std::string::npos) {
    return Error(kBadGenerator,
                 "the text of " + quoted(key) + " begins with a tab, which kustomize cannot hold")
        .with_help("let it begin with an empty line");
  }
  object.set_path({"data", key}, Value(value));
  return {};
}

// Texts of one map over those of another; nothing where both are empty.
void merge_texts(Value& to, const Value& old, std::initializer_list<std::string_view> path) {
  std::vector<Member> members;
  for (const Value* const from : {old.find_path(path), std::as_const(to).find_path(path)}) {
    for (auto& [key, text] : text_map_of(from)) members.push_back({key, Value(text)});
  }
  if (members.empty()) {
    to.erase_path(path);
  } else {
    to.set_path(path, Value(Map(std::move(members))));
  }
}

void set_or_erase(Value& object, std::initializer_list<std::string_view> path,
                  const std::string& text) {
  if (text.empty()) {
    object.erase_path(path);
  } else {
    object.set_path(path, Value(text));
  }
}

// What the new object takes from the old one, whatever is in it.
void take_metadata(Resource& to, const Resource& old) {
  merge_texts(to.value, old.value, {"metadata", "labels"});
  merge_texts(to.value, old.value, {"metadata", "annotations"});
  to.value.set_path({"metadata", "name"}, Value(old.name()));
  set_or_erase(to.value, {"metadata", "namespace"}, old.name_space());
  to.previous = old.previous;
  to.prefixes = old.prefixes;
  to.suffixes = old.suffixes;
  to.needs_hash = to.needs_hash && old.needs_hash;
  to.behavior = old.behavior;
  to.var_names = old.var_names;
}

}  // namespace

Result<Resource> generate(Generated kind, const Value& arguments, const Loader& loader,
                          const Position& where, const Schemas& schemas, Budget& budget) {
  const std::string name = arguments.string_at({"name"});
  if (name.empty()) return Error(kBadGenerator, "a generator needs a name").at(where);
  Resource out;
  out.origin = {where.file, where.line, 1};
  out.schemas = &schemas;
  const bool is_secret = kind == Generated::secret;
  out.value = Value::map({{"apiVersion", "v1"}, {"kind", is_secret ? "Secret" : "ConfigMap"}});
  out.value.set_path({"metadata", "name"}, Value(name));
  if (const std::string text = arguments.string_at({"namespace"}); !text.empty()) {
    out.value.set_path({"metadata", "namespace"}, Value(text));
  }
  if (is_secret) {
    const std::string type = arguments.string_at({"type"});
    out.value.set("type", type.empty() ? "Opaque" : type);
    out.value.set("data", Value::map());
  }
  std::map<std::string, bool> seen;
  for (const auto& [key, value] : TRY(KeyValues(loader, where, budget).read(arguments))) {
    if (!seen.emplace(key, true).second) {
      return Error(kBadGenerator, "key " + quoted(key) + " is given twice").at(where);
    }
    if (is_secret) {
      out.value.set_path({"data", key}, Value(base64_lines(value)));
    } else {
      if (const Result<void> set = set_config_map_entry(out.value, key, value); !set) {
        return set.error().at(where);
      }
    }
  }
  for (const char* field : {"labels", "annotations"}) {
    for (const auto& [key, value] : text_map_of(arguments.find_path({"options", field}))) {
      out.value.set_path({"metadata", field, key}, Value(value));
    }
  }
  if (arguments.bool_at({"options", "immutable"})) out.value.set("immutable", true);
  out.needs_hash = !arguments.bool_at({"options", "disableNameSuffixHash"});
  const std::string behavior = arguments.string_at({"behavior"});
  if (behavior == "create") out.behavior = Behavior::create;
  if (behavior == "replace") out.behavior = Behavior::replace;
  if (behavior == "merge") out.behavior = Behavior::merge;
  return out;
}

Value with_generator_options(const Value& arguments, const Value* options) {
  if (options == nullptr || !options->is_map()) return arguments;
  Value out = arguments;
  for (const char* field : {"labels", "annotations"}) {
    for (const auto& [key, value] : text_map_of(options->find(field))) {
      if (out.find_path({"options", field, key}) != nullptr) continue;
      out.set_path({"options", field, key}, Value(value));
    }
  }
  for (const char* flag : {"disableNameSuffixHash", "immutable"}) {
    if (options->bool_at({flag})) out.set_path({"options", flag}, true);
  }
  return out;
}

Result<void> absorb(Resources& to, Resource resource) {
  const std::string key = resource.id().key();
  std::vector<Resource*> matches;
  for (Resource& there : to) {
    std::vector<ResourceId> ids = there.previous_ids();
    ids.push_back(there.id());
    const auto is_same = [&](const ResourceId& id) { return id.key() == key; };
    if (std::any_of(ids.begin(), ids.end(), is_same)) matches.push_back(&there);
  }
  const auto refused = [&](const std::string& what) {
    return Error(kBehaviorConflict, resource.id().display() + " " + what)
        .at(resource.origin.position());
  };
  const bool changes =
      resource.behavior == Behavior::replace || resource.behavior == Behavior::merge;
  if (matches.empty()) {
    if (changes) return refused("does not exist, so that it cannot be merged or replaced");
    to.push_back(std::move(resource));
    return {};
  }
  if (matches.size() > 1) return refused("could change more than one object");
  if (!changes) {
    return refused("exists already").with_help("set behavior to merge or replace");
  }
  Resource& old = *matches.front();
  const bool merges = resource.behavior == Behavior::merge;
  take_metadata(resource, old);
  if (merges) {
    merge_texts(resource.value, old.value, {"data"});
    merge_texts(resource.value, old.value, {"binaryData"});
    constexpr std::string_view kOrigin = "config.kubernetes.io/origin";
    const Value* const origin = old.value.find_path({"metadata", "annotations", kOrigin});
    if (origin != nullptr) {
      resource.value.set_path({"metadata", "annotations", kOrigin}, Value(scalar_text(*origin)));
    }
  }
  old = std::move(resource);
  return {};
}

}  // namespace plumb::rendering::kustomize
