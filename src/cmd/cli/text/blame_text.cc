#include "cmd/cli/text/blame_text.h"

#include <map>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::cli {

namespace {

constexpr size_t kMaxValue = 60;
constexpr size_t kMaxFiles = 3;

std::string shown_value(const Value& value) {
  const std::string* text = value.as_string();
  const bool plain = text != nullptr && !text->empty() && text->find('\n') == std::string::npos &&
                     text->front() != ' ' && text->back() != ' ' && !json::parse(*text);
  return shorten(plain ? *text : json::write(value), kMaxValue);
}

std::string name_of(const std::string& author) {
  const size_t mail = author.find(" <");
  return mail == std::string::npos || mail == 0 ? author : author.substr(0, mail);
}

std::string day_of(WallTime time) {
  return format_rfc3339(time).substr(0, 10);
}

std::string place_of(const BlamedField& field) {
  if (field.line > 0) return field.files.front() + ":" + std::to_string(field.line);
  std::vector<std::string> files = field.files;
  const size_t all = files.size();
  if (all > kMaxFiles) files.resize(kMaxFiles);
  std::string out = join(files, ", ");
  if (all > kMaxFiles) out += " and " + std::to_string(all - kMaxFiles) + " more";
  return out;
}

std::string shown_commit(const BlamedField& field) {
  return (field.boundary ? "^" : "") + field.commit.str().substr(0, 7);
}

// By identity of their fields.
std::map<std::string, const BlamedField*> from_git(const BlameView& view) {
  std::map<std::string, const BlamedField*> out;
  for (const BlamedField& field : view.blame.fields) out.emplace(field.identity, &field);
  return out;
}

bool is_foreign(const OwnedField& field) {
  return !field.ours && !field.others.empty();
}

size_t defaults_of(const BlameView& view, const std::map<std::string, const BlamedField*>& git) {
  size_t out = 0;
  for (const OwnedField& field : *view.live) {
    if (field.ours || !field.others.empty() || git.contains(field.identity)) continue;
    if (field.path != "metadata.namespace") ++out;  // what names the object is asked for
  }
  return out;
}

std::string live_text(const BlameView& view, const Style& style) {
  if (view.live->empty()) return "\nit is not in the cluster\n";
  const std::map<std::string, const BlamedField*> git = from_git(view);
  Table table({"NOT FROM GIT", "VALUE", "MANAGER", "TIME", "GIT SAYS"});
  for (const OwnedField& field : *view.live) {
    if (!is_foreign(field)) continue;
    const FieldOwner& owner = field.others.front();
    const auto in_git = git.find(field.identity);
    table.add({{field.path},
               {shown_value(field.value)},
               {owner.manager, Tone::wait},
               {owner.time},
               {in_git == git.end() ? "" : shown_value(in_git->second->value)}});
  }
  std::string out;
  if (!table.empty()) out += "\n" + table.text(style);
  const size_t defaults = defaults_of(view, git);
  if (defaults > 0) {
    out += "\n" + std::to_string(defaults) +
           (defaults == 1 ? " more field is a default" : " more fields are defaults") +
           " of the API server\n";
  }
  return out;
}

Value commit_value(const CommitId& id, const HistoryCommit& commit) {
  return Value::map({{"id", id.str()},
                     {"author", commit.author},
                     {"date", format_rfc3339(commit.authored_at)},
                     {"subject", commit.subject}});
}

}  // namespace

std::string blame_text(const BlameView& view, const Style& style) {
  std::string out = paint(safe(view.object.display()), Tone::bold, style) + "  " +
                    safe(view.path + " at " + view.revision) + "\n\n";
  Table table({"FIELD", "VALUE", "COMMIT", "AUTHOR", "DATE", "WHERE"});
  bool boundary = false;
  for (const BlamedField& field : view.blame.fields) {
    const HistoryCommit& commit = view.blame.commits.at(field.commit);
    boundary = boundary || field.boundary;
    table.add({{field.path},
               {shown_value(field.value)},
               {shown_commit(field)},
               {name_of(commit.author)},
               {day_of(commit.authored_at)},
               {place_of(field), Tone::faint}});
  }
  out += table.text(style);
  if (boundary) out += "\n^ or an older commit: the history known here begins there\n";
  return view.live ? out + live_text(view, style) : out;
}

Value blame_value(const BlameView& view) {
  List fields;
  for (const BlamedField& field : view.blame.fields) {
    Value one = Value::map({{"path", field.path},
                            {"value", field.value},
                            {"commit", field.commit.str()},
                            {"boundary", field.boundary}});
    List files;
    for (const std::string& file : field.files) files.emplace_back(file);
    one.set("files", Value(std::move(files)));
    if (field.line > 0) one.set("line", field.line);
    fields.push_back(std::move(one));
  }
  List commits;
  for (const auto& [id, commit] : view.blame.commits) commits.push_back(commit_value(id, commit));
  Value out = Value::map({{"version", 1},
                          {"object", view.object.id()},
                          {"path", view.path},
                          {"revision", view.revision},
                          {"fields", Value(std::move(fields))},
                          {"commits", Value(std::move(commits))}});
  if (!view.app.empty()) out.set("app", view.app);
  if (!view.live) return out;
  List others;
  for (const OwnedField& field : *view.live) {
    if (!is_foreign(field)) continue;
    List managers;
    for (const FieldOwner& owner : field.others) {
      managers.push_back(Value::map(
          {{"manager", owner.manager}, {"operation", owner.operation}, {"time", owner.time}}));
    }
    others.push_back(Value::map(
        {{"path", field.path}, {"value", field.value}, {"managers", Value(std::move(managers))}}));
  }
  out.set("live", !view.live->empty());
  out.set("notFromGit", Value(std::move(others)));
  out.set("defaults", static_cast<int64_t>(defaults_of(view, from_git(view))));
  return out;
}

}  // namespace plumb::cli
