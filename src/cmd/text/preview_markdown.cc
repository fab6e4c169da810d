#include <algorithm>

#include "base/text.h"
#include "cmd/text/diff_text.h"
#include "cmd/text/preview_text.h"

namespace plumb {
namespace {

constexpr size_t kMostBytes = 60'000;
constexpr const char* kMarker = "<!-- plumb-ci plan -->\n";

size_t longest_run(std::string_view text, char sign) {
  size_t longest = 0;
  size_t run = 0;
  for (const char c : text) {
    run = c == sign ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

// Untrusted text stands in code alone: there Markdown, HTML and mentions mean nothing.
std::string code(std::string_view text) {
  const std::string shown = safe(text);
  const std::string ticks(longest_run(shown, '`') + 1, '`');
  const bool edge = shown.empty() || shown.front() == '`' || shown.back() == '`';
  return ticks + (edge ? " " : "") + shown + (edge ? " " : "") + ticks;
}

std::string fenced(const std::string& language, const std::string& text) {
  const std::string fence(std::max<size_t>(3, longest_run(text, '`') + 1), '`');
  return fence + language + "\n" + text + (text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : safe(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '@':  // mentions nobody
        out += "&#64;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Our own sentences, in which a name of the repository may stand.
std::string plain(std::string_view text) {
  constexpr std::string_view kSigns = "\\`*_{}[]<>()#+!|~&$";
  std::string out;
  for (const char c : safe(text)) {
    if (kSigns.find(c) != std::string_view::npos) out += '\\';
    out += c == '@' ? "&#64;" : std::string(1, c);
  }
  return out;
}

std::string behind(const Position& position) {
  return position.file.empty() ? "" : " " + code(to_string(position));
}

std::string risk_item(const Risk& risk, const std::string& of) {
  return "> - **" + risk.reason + "** " + code(of) + ": " + plain(risk.message) +
         behind(risk.position) + "\n";
}

// Signs at the beginning of lines, for the colours of a "diff" block.
std::string diff_block(const ObjectDiff& one) {
  std::string out;
  for (const FieldDiff& field : one.fields) {
    const FieldChange& change = field.change;
    if (!change.path.empty()) {
      out += "@@ " + safe(change.path) +
             (field.position.file.empty() ? "" : "  " + safe(to_string(field.position))) + " @@\n";
    }
    for (const DiffLine& line : changed_lines(change)) {
      out += std::string(1, line.sign) + " " + safe(line.text) + "\n";
    }
  }
  return out;
}

std::string object_section(const ObjectDiff& one) {
  std::string out = code(one.key.display()) + " **" + word_of(one.kind) + "**";
  if (!one.note.empty()) out += " " + plain(one.note);
  out += behind(one.position) + "\n";
  const std::string block = diff_block(one);
  return out + (block.empty() ? "" : "\n" + fenced("diff", block)) + "\n";
}

std::string app_section(const AppPreview& app, size_t room) {
  Preview alone;
  alone.apps.push_back(app);
  std::string out = "<details><summary>app <b>" + html(app.name) + "</b> (" + html(app.path) +
                    "): " + preview_totals(alone) + "</summary>\n\n";
  const std::string end = "</details>\n\n";
  if (app.was_broken) out += std::string("warning: ") + kBrokenBefore + "\n\n";
  if (app.error) {
    out += fenced("", escape_terminal(app.error->render().substr(0, room / 2), true)) + "\n";
  }
  for (const Warning& warning : app.warnings) out += plain(warning.message) + "\n\n";
  for (size_t i = 0; i < app.changes.size(); ++i) {
    const std::string section = object_section(app.changes[i]);
    if (out.size() + section.size() + end.size() > room) {
      out += "… and " + std::to_string(app.changes.size() - i) +
             " more objects: see the log of the job.\n\n";
      break;
    }
    out += section;
  }
  return out + end;
}

std::string risks_section(const Preview& preview) {
  std::string items;
  for (const AppPreview& app : preview.apps) {
    for (const Risk& risk : app.risks) items += risk_item(risk, "app " + app.name);
    for (const ObjectDiff& one : app.changes) {
      for (const Risk& risk : one.risks) items += risk_item(risk, one.key.display());
    }
  }
  return items.empty() ? "" : "> [!WARNING]\n" + items + "\n";
}

}  // namespace

std::string preview_markdown(const Preview& preview, const PreviewedRange& range) {
  const std::string between = code(range.before + ".." + range.after);
  std::string out = kMarker;
  if (!preview.differs()) {
    out += "### Plan: no change\n\n" + between + " changes no manifest of any app.\n";
    if (preview.broken() > 0) out += "\n" + preview_totals(preview) + ".\n\n";
  } else {
    out += "### Plan: " + preview_totals(preview) + "\n\n" + between + "; " +
           "apps unchanged: " + std::to_string(preview.unaffected) + ".\n\n";
  }
  for (const Warning& warning : preview.warnings) {
    out += "- warning: " + plain(warning.message) + behind(warning.position) + "\n";
  }
  if (!preview.warnings.empty()) out += "\n";
  std::string risks = risks_section(preview);
  if (out.size() + risks.size() > kMostBytes / 2) {
    const size_t end = risks.rfind('\n', kMostBytes / 2);
    risks = risks.substr(0, end + 1) + "> - … and more: see the log of the job.\n\n";
  }
  out += risks;
  for (size_t i = 0; i < preview.apps.size(); ++i) {
    constexpr size_t kLeastRoom = 2000;
    if (out.size() + kLeastRoom > kMostBytes) {
      out += "… and " + std::to_string(preview.apps.size() - i) +
             " more apps: see the log of the job.\n";
      break;
    }
    out += app_section(preview.apps[i], kMostBytes - out.size());
  }
  return out;
}

}  // namespace plumb
