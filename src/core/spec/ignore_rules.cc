#include "core/spec/ignore_rules.h"

#include "core/plan/ignore.h"

namespace plumb {
namespace {

void add_pointers(SpecFields& fields, const char* name, IgnoreRule& rule,
                  std::vector<Error>& errors) {
  for (const std::string& text : fields.texts(name)) {
    Result<JsonPointer> pointer = parse_ignored_pointer(text);
    if (pointer) {
      rule.fields.pointers.push_back(*std::move(pointer));
    } else {
      errors.push_back(std::move(pointer).error());
    }
  }
}

// Everything but * and ? is itself.
std::string pattern_of_glob(const std::string& glob) {
  std::string out;
  for (const char c : glob) {
    if (c == '*') {
      out += ".*";
    } else if (c == '?') {
      out += '.';
    } else {
      out += pattern_of_text(std::string(1, c));
    }
  }
  return out;
}

IgnoreRule decode_flux_rule(SpecFields& fields, std::vector<Error>& errors) {
  fields.only({"paths", "target"});
  IgnoreRule rule;
  add_pointers(fields, "paths", rule, errors);
  if (rule.fields.empty()) fields.fail("paths", "is empty", "name the fields: [/spec/replicas]");
  SpecFields target = fields.map("target");
  target.only({"group", "version", "kind", "name", "namespace"});
  rule.target = {.group = target.text("group"),
                 .version = target.text("version"),
                 .kind = target.text("kind"),
                 .name = target.text("name"),
                 .namespace_ = target.text("namespace")};
  for (const std::string* pattern : {&rule.target.group, &rule.target.version, &rule.target.kind,
                                     &rule.target.name, &rule.target.namespace_}) {
    if (Result<void> good = check_pattern(*pattern); !good) {
      errors.push_back(std::move(good).error());
    }
  }
  return rule;
}

IgnoreRule decode_argo_rule(SpecFields& fields, std::vector<Error>& errors) {
  fields.only({"group", "kind", "name", "namespace", "jsonPointers", "jqPathExpressions",
               "managedFieldsManagers"});
  IgnoreRule rule;
  add_pointers(fields, "jsonPointers", rule, errors);
  rule.fields.managers = fields.texts("managedFieldsManagers");
  if (fields.find("jqPathExpressions") != nullptr) {
    fields.fail("jqPathExpressions", "is not supported",
                "use jsonPointers or managedFieldsManagers");
  } else if (rule.fields.empty()) {
    fields.fail("jsonPointers", "is empty", "name the fields: [/spec/replicas]");
  }
  rule.target = {.group = pattern_of_glob(fields.text("group")),
                 .version = "",
                 .kind = pattern_of_glob(fields.text("kind")),
                 .name = pattern_of_text(fields.text("name")),
                 .namespace_ = pattern_of_text(fields.text("namespace"))};
  return rule;
}

}  // namespace

std::vector<IgnoreRule> decode_ignore_rules(SpecFields& spec, std::vector<Error>& errors) {
  std::vector<IgnoreRule> rules;
  const auto add = [&](const char* field, const char* shape, auto decode) {
    size_t index = 0;
    for (SpecFields& one : spec.maps(field, shape)) {
      rules.push_back(decode(one, errors));
      rules.back().place = "spec." + std::string(field) + "[" + std::to_string(index++) + "]";
    }
  };
  add("ignore", "{paths: [/spec/replicas], target: {kind: …}}", decode_flux_rule);
  add("ignoreDifferences", "{group: apps, kind: Deployment, jsonPointers: […]}", decode_argo_rule);
  return rules;
}

}  // namespace plumb
