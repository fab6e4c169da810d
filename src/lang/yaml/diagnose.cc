#include "lang/yaml/diagnose.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "lang/yaml/input.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {
namespace {

std::string line_text(const Position& place) {
  return "line " + std::to_string(place.line);
}

std::string_view leading_space(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string character(std::string_view at) {
  if (at.empty()) return "the end of the line";
  size_t size = 1;
  while (size < at.size() && (static_cast<unsigned char>(at[size]) & 0xC0) == 0x80) ++size;
  return "\"" + escape_terminal(at.substr(0, size)) + "\"";
}

Error at_tab(const Complaint& complaint, const Position& place, std::string_view line) {
  const size_t tab = line.find('\t');
  const int column = tab == std::string_view::npos ? place.column : static_cast<int>(tab) + 1;
  return Error(kTabIndentation, "a tab is used for indentation")
      .at({complaint.place.file, place.line, column})
      .with_help("indent with spaces; YAML does not allow tabs there");
}

// Complaints that a tab among the spaces before a line's text leads to.
std::optional<Error> find_tab(const Complaint& complaint, std::string_view text) {
  static constexpr std::array<std::string_view, 6> kProblems{
      "found character that cannot start any token",
      "could not find expected ':'",
      "did not find expected key",
      "did not find expected '-' indicator",
      "mapping values are not allowed in this context",
      "block sequence entries are not allowed in this context"};
  const bool names_tab = complaint.problem.find("tab character") != std::string_view::npos;
  if (!names_tab &&
      std::find(kProblems.begin(), kProblems.end(), complaint.problem) == kProblems.end()) {
    return std::nullopt;
  }
  for (const Position* place : {&complaint.place, &complaint.context_place}) {
    const std::string_view line = line_of_text(text, place->line);
    if (leading_space(line).find('\t') != std::string_view::npos) {
      return at_tab(complaint, *place, line);
    }
    if (from_column(line, place->column).starts_with('\t')) {
      return at_tab(complaint, *place, line.substr(0, 0));
    }
  }
  if (names_tab) return at_tab(complaint, complaint.place, {});
  return std::nullopt;
}

// A line that is no key: often "key:value", where the space is missing.
Error missing_colon(const Complaint& complaint, std::string_view text) {
  const std::string_view rest =
      from_column(line_of_text(text, complaint.context_place.line), complaint.context_place.column);
  const size_t colon = rest.find(':');
  const size_t space = rest.find_first_of(" \t");
  const bool glued = colon != std::string_view::npos && colon > 0 && colon < space &&
                     colon + 1 < rest.size() && rest[0] != '"' && rest[0] != '\'';
  if (glued) {
    const std::string key = escape_terminal(shorten(rest.substr(0, colon)));
    return Error(kSyntax,
                 "expected \": \" after the key \"" + key + "\", found \":\" without a space")
        .at(complaint.context_place)
        .with_help("write \"" + key + ": \" with a space before the value");
  }
  return Error(kSyntax, "this is neither a key nor a part of the value above: \":\" is missing")
      .at(complaint.context_place)
      .with_help("write \"key: value\"; indent the line if it belongs to the value above");
}

// `open` is the place of the bracket.
Error not_closed(const Complaint& complaint, const Position& open, std::string_view text) {
  const bool list = from_column(line_of_text(text, open.line), open.column).starts_with("[");
  const std::string bracket(list ? "\"[\"" : "\"{\"");
  const std::string closing(list ? "\"]\"" : "\"}\"");
  const std::string_view rest =
      from_column(line_of_text(text, complaint.place.line), complaint.place.column);
  return Error(kSyntax, "this " + bracket + " is not closed: expected \",\" or " + closing +
                            ", found " + (rest.empty() ? "the end" : character(rest)) + " on " +
                            line_text(complaint.place))
      .at(open)
      .with_help("close it with " + closing + ", or quote the text if " + bracket +
                 " is meant as text");
}

Error quote_not_closed(const Position& place) {
  return Error(kSyntax, "this quote is not closed")
      .at(place)
      .with_help("add the closing quote; inside single quotes a quote is written twice");
}

Error wrong_indentation(const Complaint& complaint, std::string_view expected) {
  std::string message = "expected " + std::string(expected);
  if (complaint.context_place.line > 0) {
    message += " that begins on " + line_text(complaint.context_place) + ", column " +
               std::to_string(complaint.context_place.column);
  }
  return Error(kSyntax, std::move(message))
      .at(complaint.place)
      .with_help("check the indentation: what belongs together begins in the same column");
}

struct Rule {
  std::string_view problem;
  std::string_view context;  // "" for any
  std::string_view message;
  std::string_view help;
};

// Problems that a fixed text explains; the place is that of the problem.
constexpr std::array<Rule, 10> kRules{{
    {"mapping values are not allowed in this context", "",
     "unexpected \":\": the text before it is already a value",
     "quote the value if it contains \": \"; otherwise check the indentation of this line"},
    {"block sequence entries are not allowed in this context", "",
     "unexpected \"- \": a list cannot begin in the middle of a line",
     "begin the list on a line of its own, or quote the text"},
    {"did not find expected alphabetic or numeric character", "while scanning an alias",
     "expected the name of an alias after \"*\"", "quote the text if \"*\" is meant as text"},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor",
     "expected the name of an anchor after \"&\"", "quote the text if \"&\" is meant as text"},
    {"found unknown escape character", "", "unknown escape in double quotes",
     "write \\\\ for a backslash, or use single quotes"},
    {"did not find expected comment or line break", "while scanning a block scalar",
     "expected the end of the line after the \"|\" or \">\" of a block text",
     "put the text on the lines below, or quote it if it begins with \"|\" or \">\""},
    {"did not find expected node content", "", "expected a value",
     "quote the text if it begins with a character that has a meaning in YAML"},
    {"did not find expected <document start>", "", "expected \"---\" or the end of the file",
     "check the indentation of this line; put \"---\" between two documents"},
    {"found incompatible YAML document", "", "this version of YAML is not known",
     "remove the %YAML line"},
    {"found unexpected ':'", "", "unexpected \":\"", "quote the text"},
}};

}  // namespace

std::optional<Error> find_accident(std::string_view text, const std::string& file,
                                   std::initializer_list<int> lines) {
  int number = 0;
  for (size_t begin = 0; begin < text.size();) {
    ++number;
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = text.substr(begin, end - begin);
    begin = end + 1;
    if (row.starts_with("<<<<<<< ") || row.starts_with(">>>>>>> ")) {
      return Error(kMergeConflict, "this looks like an unresolved Git merge conflict")
          .at({file, number, 1})
          .with_help("resolve the conflict, remove the marker lines and commit again");
    }
  }
  for (int line : lines) {
    const size_t open = line_of_text(text, line).find("{{");
    if (open == std::string_view::npos) continue;
    return Error(kTemplateSyntax, "Helm template syntax in a plain manifest")
        .at({file, line, static_cast<int>(open) + 1})
        .with_help("is Chart.yaml missing beside it? otherwise quote the text");
  }
  return std::nullopt;
}

// Lines to search for template syntax: where the problem is, what was being read, and the line
// above.
std::optional<Error> find_accident(const Complaint& complaint, std::string_view text) {
  const bool block = complaint.context.find("block") != std::string_view::npos;
  const int line = complaint.place.line;
  const std::string_view above = line_of_text(text, line - 1);
  const bool template_above = trim(above).starts_with("{{");
  return find_accident(
      text, complaint.place.file,
      {line, block ? 0 : complaint.context_place.line, template_above ? line - 1 : 0});
}

Error diagnose(const Complaint& complaint, std::string_view text) {
  if (auto accident = find_accident(complaint, text)) return *accident;
  if (auto tab = find_tab(complaint, text)) return *tab;
  const bool quoted = complaint.context == "while scanning a quoted scalar";
  if (quoted && complaint.problem.starts_with("found unexpected")) {
    return quote_not_closed(complaint.context_place);
  }
  if (complaint.quote_end_line > 0 && complaint.quote_end_line == complaint.place.line) {
    return Error(kSyntax, "this quote closes only on " + line_text(complaint.place) +
                              ", and what follows there is not expected")
        .at(complaint.quote_begin)
        .with_help("is the closing quote missing on the first line?");
  }
  if (complaint.problem == "could not find expected ':'") return missing_colon(complaint, text);
  if (complaint.context == "while parsing a flow sequence" ||
      complaint.context == "while parsing a flow mapping") {
    return not_closed(complaint, complaint.context_place, text);
  }
  const std::string_view rest =
      from_column(line_of_text(text, complaint.place.line), complaint.place.column);
  if (complaint.open_flow && rest.empty()) return not_closed(complaint, *complaint.open_flow, text);
  if (complaint.problem == "did not find expected key") {
    return wrong_indentation(complaint, "a key of the map");
  }
  if (complaint.problem == "did not find expected '-' indicator") {
    return wrong_indentation(complaint, "\"- \", an item of the list");
  }
  if (complaint.problem == "found character that cannot start any token") {
    return Error(kSyntax, "text cannot begin with " + character(rest))
        .at(complaint.place)
        .with_help("put the text in quotes");
  }
  if (complaint.problem == "found undefined tag handle") {
    return Error(kUnsupportedTag, "this tag is not known").at(complaint.place);
  }
  for (const Rule& rule : kRules) {
    if (rule.problem != complaint.problem) continue;
    if (!rule.context.empty() && rule.context != complaint.context) continue;
    return Error(kSyntax, std::string(rule.message))
        .at(complaint.place)
        .with_help(std::string(rule.help));
  }
  std::string message(complaint.problem);
  if (!complaint.context.empty()) message += " " + std::string(complaint.context);
  return Error(kSyntax, std::move(message)).at(complaint.place);
}

}  // namespace plumb::yaml
