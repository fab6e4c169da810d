#include "cmd/cli/text/ledger_text.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace plumb::cli {

namespace {

constexpr size_t kFew = 2;

Tone tone_of(audit::Verdict verdict) {
  switch (verdict) {
    case audit::Verdict::accepted:
    case audit::Verdict::applied:
      return Tone::good;
    case audit::Verdict::healed:
    case audit::Verdict::deleted:
      return Tone::wait;
    case audit::Verdict::refused:
    case audit::Verdict::failed:
    case audit::Verdict::doubted:
      return Tone::bad;
  }
  return Tone::plain;
}

std::string objects_of(const audit::Entry& entry) {
  std::vector<std::string> names;
  for (const audit::ObjectRecord& object : entry.objects) {
    if (names.size() == kFew) break;
    std::string name = object.key.kind + "/" + object.key.name;
    if (!object.fields.empty()) name += " " + join(object.fields, ",");
    if (object.fields.empty() && !object.detail.empty()) name += " " + object.detail;
    names.push_back(std::move(name));
  }
  const size_t all = entry.objects.size() + static_cast<size_t>(entry.more);
  std::string out = join(names, ", ");
  if (all > names.size()) out += " and " + std::to_string(all - names.size()) + " more";
  return out;
}

}  // namespace

std::string ledger_text(const std::vector<audit::Record>& records, const Style& style) {
  Table table({"RECORD", "TIME", "VERDICT", "COMMIT", "AUTHOR", "SIGNER", "RULE", "APPROVED BY",
               "HEALTH", "OBJECTS", "REASON"});
  for (auto at = records.rbegin(); at != records.rend(); ++at) {
    const audit::Entry& entry = at->entry;
    std::vector<std::string> rules;
    std::set<std::string> approvers;
    for (const Grant& grant : entry.grants) {
      rules.push_back(grant.rule);
      approvers.insert(grant.approvers.begin(), grant.approvers.end());
    }
    table.add({{std::to_string(at->number)},
               {format_rfc3339(entry.time)},
               {to_string(entry.verdict), tone_of(entry.verdict)},
               {entry.commit.substr(0, 7)},
               {entry.author},
               {entry.signer},
               {join(rules, ", ")},
               {join({approvers.begin(), approvers.end()}, ", ")},
               {entry.health},
               {objects_of(entry)},
               {entry.reason.empty() ? entry.message : entry.reason + ": " + entry.message}});
  }
  return table.text(style);
}

Value ledger_value(const std::string& app, const std::vector<audit::Record>& records) {
  List list;
  for (auto at = records.rbegin(); at != records.rend(); ++at) {
    Value one = audit::to_value(at->entry);
    one.set("record", static_cast<int64_t>(at->number));
    list.push_back(std::move(one));
  }
  return Value::map({{"version", 1}, {"app", app}, {"records", Value(std::move(list))}});
}

}  // namespace plumb::cli
