#include "cmd/text/preview_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cmd/text/diff_text.h"

namespace plumb {
namespace {

Tone tone_of(ObjectDiffKind kind) {
  switch (kind) {
    case ObjectDiffKind::created:
      return Tone::good;
    case ObjectDiffKind::changed:
    case ObjectDiffKind::released:
    case ObjectDiffKind::moved:
      return Tone::wait;
    case ObjectDiffKind::deleted:
      return Tone::bad;
  }
  return Tone::plain;
}

const char* word_of(AppChange change) {
  switch (change) {
    case AppChange::none:
      return "";
    case AppChange::created:
      return "created";
    case AppChange::changed:
      return "changed";
    case AppChange::deleted:
      return "deleted";
  }
  return "";
}

// The line of the field behind the first line of its text; whole objects have it in their heading.
std::string field_lines(const FieldDiff& field, const Style& style) {
  std::string out = field_text(field.change, style);
  if (field.change.path.empty() || field.position.file.empty()) return out;
  out.insert(out.find('\n'), "  " + paint(safe(to_string(field.position)), Tone::faint, style));
  return out;
}

std::string risk_line(const Risk& risk, const Style& style) {
  std::string out =
      "  " + paint("! " + risk.reason + ":", Tone::bad, style) + " " + safe(risk.message);
  if (!risk.position.file.empty()) {
    out += "  " + paint(safe(to_string(risk.position)), Tone::faint, style);
  }
  return out + "\n";
}

std::string object_lines(const ObjectDiff& one, const Style& style) {
  std::string out = paint(safe(one.key.display()), Tone::bold, style) + "  " +
                    paint(word_of(one.kind), tone_of(one.kind), style);
  if (!one.note.empty()) out += " " + safe(one.note);
  if (!one.position.file.empty()) {
    out += "  " + paint(safe(to_string(one.position)), Tone::faint, style);
  }
  out += "\n";
  for (const Risk& risk : one.risks) out += risk_line(risk, style);
  for (const FieldDiff& field : one.fields) out += field_lines(field, style);
  return out;
}

std::string warning_line(const Warning& warning) {
  std::string out = "warning: " + safe(warning.message);
  if (!warning.position.file.empty()) out += " (" + safe(to_string(warning.position)) + ")";
  return out + "\n";
}

std::string app_lines(const AppPreview& app, const Style& style) {
  std::string title = "app " + safe(app.name);
  if (app.path != app.name) title += " (" + safe(app.path) + ")";
  std::string out = paint("== " + title, Tone::bold, style);
  if (app.app != AppChange::none) {
    out += std::string("  ") + word_of(app.app) + "  " +
           paint(safe(to_string(app.position)), Tone::faint, style);
  }
  out += "\n";
  for (const Risk& risk : app.risks) out += risk_line(risk, style);
  for (const Warning& warning : app.warnings) out += warning_line(warning);
  if (app.was_broken) out += std::string("warning: ") + kBrokenBefore + "\n";
  if (app.error) out += escape_terminal(app.error->render(), true);
  for (const ObjectDiff& one : app.changes) out += object_lines(one, style);
  return out + "\n";
}

Value risks_value(const std::vector<Risk>& risks) {
  List out;
  for (const Risk& risk : risks) {
    Value one = Value::map({{"reason", risk.reason}, {"message", risk.message}});
    if (!risk.position.file.empty()) one.set("position", to_string(risk.position));
    out.push_back(std::move(one));
  }
  return Value(std::move(out));
}

Value warnings_value(const std::vector<Warning>& warnings) {
  List out;
  for (const Warning& warning : warnings) {
    Value one = Value::map({{"message", warning.message}});
    if (!warning.position.file.empty()) one.set("position", to_string(warning.position));
    out.push_back(std::move(one));
  }
  return Value(std::move(out));
}

Value object_value(const ObjectDiff& one) {
  Value out = Value::map({{"group", one.key.group},
                          {"kind", one.key.kind},
                          {"namespace", one.key.namespace_},
                          {"name", one.key.name},
                          {"change", word_of(one.kind)},
                          {"position", to_string(one.position)}});
  if (!one.note.empty()) out.set("note", one.note);
  List fields;
  for (const FieldDiff& field : one.fields) {
    Value item = Value::map({{"path", field.change.path}, {"position", to_string(field.position)}});
    if (field.change.before) item.set("before", *field.change.before);
    if (field.change.after) item.set("after", *field.change.after);
    fields.push_back(std::move(item));
  }
  out.set("fields", Value(std::move(fields)));
  out.set("risks", risks_value(one.risks));
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): what `also` holds has none itself
Value error_value(const Error& error) {
  Value out = Value::map({{"reason", error.code().name}, {"message", error.message()}});
  if (error.position()) out.set("position", to_string(*error.position()));
  List also;
  for (const Error& one : error.also()) also.push_back(error_value(one));
  if (!also.empty()) out.set("also", Value(std::move(also)));
  return out;
}

Value app_value(const AppPreview& app) {
  Value out = Value::map({{"name", app.name}, {"path", app.path}});
  if (app.app != AppChange::none) out.set("app", word_of(app.app));
  if (!app.position.file.empty()) out.set("position", to_string(app.position));
  List changes;
  for (const ObjectDiff& one : app.changes) changes.push_back(object_value(one));
  out.set("changes", Value(std::move(changes)));
  out.set("unchanged", static_cast<int64_t>(app.unchanged));
  out.set("risks", risks_value(app.risks));
  if (!app.warnings.empty()) out.set("warnings", warnings_value(app.warnings));
  if (app.error) out.set("error", error_value(*app.error));
  if (app.was_broken) out.set("brokenBefore", true);
  return out;
}

}  // namespace

const char* word_of(ObjectDiffKind kind) {
  switch (kind) {
    case ObjectDiffKind::created:
      return "created";
    case ObjectDiffKind::changed:
      return "changed";
    case ObjectDiffKind::deleted:
      return "deleted";
    case ObjectDiffKind::released:
      return "released";
    case ObjectDiffKind::moved:
      return "moved";
  }
  return "";
}

std::string preview_totals(const Preview& preview) {
  constexpr std::array<std::pair<ObjectDiffKind, const char*>, 5> kWords{{
      {ObjectDiffKind::created, " to create"},
      {ObjectDiffKind::changed, " to change"},
      {ObjectDiffKind::deleted, " to delete"},
      {ObjectDiffKind::released, " to release"},
      {ObjectDiffKind::moved, " to move"},
  }};
  std::vector<std::string> parts;
  for (const auto& [kind, word] : kWords) {
    size_t count = 0;
    for (const AppPreview& app : preview.apps) {
      for (const ObjectDiff& one : app.changes) {
        // Both apps show a move; it is one.
        const bool counted = one.kind != ObjectDiffKind::moved || one.note.starts_with("to ");
        if (one.kind == kind && counted) ++count;
      }
    }
    if (count > 0) parts.push_back(std::to_string(count) + word);
  }
  const auto failed =
      std::count_if(preview.apps.begin(), preview.apps.end(),
                    [](const AppPreview& app) { return app.error.has_value() && !app.was_broken; });
  if (failed > 0) {
    parts.push_back(std::to_string(failed) + (failed == 1 ? " app does" : " apps do") +
                    " not render");
  }
  if (const size_t broken = preview.broken(); broken > 0) {
    parts.push_back(std::to_string(broken) + (broken == 1 ? " app was" : " apps were") +
                    " broken before");
  }
  if (parts.empty() && preview.differs()) return "no object changes";
  return join(parts, ", ");
}

std::string preview_text(const Preview& preview, const PreviewedRange& range, const Style& style) {
  std::string out;
  for (const Warning& warning : preview.warnings) out += warning_line(warning);
  for (const AppPreview& app : preview.apps) out += app_lines(app, style);
  const std::string between = safe(range.before) + ".." + safe(range.after);
  if (!preview.differs()) {
    const std::string broken = preview_totals(preview);
    return out + "no change: " + between + (broken.empty() ? "" : "; " + broken) + "\n";
  }
  return out + preview_totals(preview) + " (" + between +
         "; apps unchanged: " + std::to_string(preview.unaffected) + ")\n";
}

Value preview_value(const Preview& preview, const PreviewedRange& range) {
  List apps;
  for (const AppPreview& app : preview.apps) apps.push_back(app_value(app));
  return Value::map({{"version", 1},
                     {"before", range.before},
                     {"after", range.after},
                     {"differs", preview.differs()},
                     {"failed", preview.failed()},
                     {"apps", Value(std::move(apps))},
                     {"unaffected", static_cast<int64_t>(preview.unaffected)},
                     {"warnings", warnings_value(preview.warnings)}});
}

}  // namespace plumb
