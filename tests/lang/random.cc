#include "random.h"

namespace plumb::testing {
namespace {

const std::vector<std::string_view>& words() {
  static const std::vector<std::string_view> kWords{
      "a",    "name",       "spec",  "image", "nginx:1.27", "foo bar", "x: y",
      "- z",  "#c",         "a #b",  "true",  "no",         "on",      "y",
      "N",    "null",       "~",     "1",     "-1",         "0x1F",    "017",
      "0o17", "1_000",      "1e3",   "1.0",   ".5",         "12:30",   "1:2",
      "<<",   "@x",         "`x",    "%x",    "*x",         "&x",      "!x",
      "|x",   ">x",         "{x",    "}x",    "[x",         "]x",      ",x",
      "?x",   "-x",         ":x",    "x:",    "? x",        ": x",     "'x",
      "\"x",  "2024-01-01", "1.2.3", "é",     "日本",       "😀",      "a,b",
      "a]b",  "a}b",        "---",   "...",   "",           " a",      "a ",
      "v1",   "key",        "0",     "9",     "-0",         "1.5e-7",  "12345678901234567890"};
  return kWords;
}

const std::vector<std::string_view>& keys() {
  static const std::vector<std::string_view> kKeys{
      "a", "b", "c", "d", "e", "f", "g", "h", "k1", "k10", "k2", "1", "true", "x y", "1.5", "é"};
  return kKeys;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string Random::scalar() {
  static const std::vector<std::string_view> kParts{
      "0",    "1",    "7",   "8",     "9",   "00",   "12", "+",          "-", ".",   "_",
      "e",    "E",    "0x",  "0b",    "0o",  "0X",   "f",  "A",          ":", "inf", ".inf",
      "nan",  "true", "no",  "y",     "~",   "null", "T",  "t",          "Z", " ",   "-05:00",
      "2001", "-1",   "-12", "10:20", ":30", ".5",   "1e", "99999999999"};
  std::string out;
  for (size_t n = 1 + below(6); n > 0; --n) out += pick(kParts);
  return out;
}

std::string Random::text(size_t most) {
  static const std::vector<std::string_view> kParts{
      " ",      " ",      " ",      "\n",          "\t",
      "a",      "b",      "lorem",  "ipsum dolor", "0",
      "1",      ":",      ": ",     "#",           " #",
      "-",      "- ",     ",",      "[",           "]",
      "{",      "}",      "'",      "\"",          "\\",
      "|",      ">",      "%",      "@",           "`",
      "!",      "&",      "*",      "?",           "é",
      "日本",   "😀",     "\r",     "\x01",        "\x7F",
      "\u0085", "\u00A0", "\u2028", "\uFEFF",      "=",
      "<<",     "---",    "...",    "~",           "true",
      "0x1",    "  ",     "\n\n",   "word ",       "word word word word word "};
  std::string out;
  for (size_t n = below(most + 1); n > 0; --n) out += pick(kParts);
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
Value Random::value(size_t depth) {
  switch (below(depth == 0 ? 8 : 12)) {
    case 0:
      return Value();
    case 1:
      return Value(chance(2));
    case 2:
      return Value(static_cast<int64_t>(engine_()) >> below(63));
    case 3:
      return Value(static_cast<double>(static_cast<int64_t>(engine_()) >> below(63)) / 1e6);
    case 4:
      return Value(pick(words()));
    case 5:
      return Value(scalar());
    case 6:
    case 7:
      return Value(text(12));
    case 8:
    case 9: {
      List list;
      for (size_t n = below(4); n > 0; --n) list.push_back(value(depth - 1));
      return Value(std::move(list));
    }
    default: {
      Map map;
      for (size_t n = below(5); n > 0; --n) {
        map.set(chance(3) ? text(4) : std::string(pick(keys())), value(depth - 1));
      }
      return Value(std::move(map));
    }
  }
}

std::string Random::version() {
  std::string out(chance(6) ? "v" : "");
  const size_t parts = chance(4) ? 1 + below(4) : 3;
  for (size_t i = 0; i < parts; ++i) {
    out += i > 0 ? "." : "";
    out += pick({"0", "0", "1", "1", "2", "3", "10", chance(20) ? "01" : "4"});
  }
  if (chance(4)) {
    out += "-" + std::string(pick({"0", "1", "a", "rc", "rc.1", "rc.2", "rc.10", "alpha.b", "1-x",
                                   "x.y.z", "00", "a..b", "", "9.a"}));
  }
  if (chance(8)) out += "+" + std::string(pick({"b", "1", "b.5", "", "a_b"}));
  return out;
}

std::string Random::constraint() {
  std::string out;
  for (size_t n = 1 + below(3); n > 0; --n) {
    out += pick({"", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"});
    if (chance(6)) out += " ";
    std::string one = version();
    if (chance(4)) {
      const size_t dot = one.find('.');
      const std::string_view wildcard = pick({"x", "X", "*", "x.x", "xx", "x.1"});
      one = dot == std::string::npos ? std::string(wildcard)
                                     : one.substr(0, dot + 1) + std::string(wildcard);
    }
    out += one;
    if (n > 1) out += pick({" ", ", ", ",", " || ", "||", " - ", "", "  ", " , "});
  }
  return out;
}

std::string Random::inline_scalar(bool in_flow) {
  const std::string_view word = pick(words());
  switch (below(in_flow ? 4 : 6)) {
    case 0:
      return single_quoted(word);
    case 1:
      return double_quoted(word);
    case 2:
      return scalar();
    case 3:
      return "\"" + std::string(pick({"\\n", "\\x41", "\\u00e9", "a\\tb", "\\/", "\\_"})) + "\"";
    default:
      return std::string(word);
  }
}

// NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
std::string Random::flow(size_t depth) {
  if (depth == 0 || chance(3)) return inline_scalar(true);
  const bool map = chance(2);
  std::string out(map ? "{" : "[");
  const size_t count = below(4);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) out += chance(4) ? "," : chance(4) ? ",\n      " : ", ";
    if (map) out += std::string(keys()[i]) + (chance(6) ? ":" : ": ");
    out += flow(depth - 1);
  }
  if (count > 0 && chance(6)) out += ",";
  return out + (map ? "}" : "]");
}

std::string Random::block_scalar(size_t indent) {
  std::string out(pick({"|", ">", "|-", ">-", "|+", ">+", "|2", ">1-"}));
  out += chance(5) ? " # note\n" : "\n";
  for (size_t n = below(5); n > 0; --n) {
    if (chance(5)) {
      out += "\n";
      continue;
    }
    out += std::string(indent + 2 + (chance(4) ? below(3) : 0), ' ') + text(2);
    if (out.back() != '\n') out += "\n";
  }
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
std::string Random::block(size_t depth, size_t indent) {
  const bool map = chance(3) ? false : true;
  const std::string margin(indent, ' ');
  std::string out;
  const size_t count = 1 + below(4);
  for (size_t i = 0; i < count; ++i) {
    if (chance(12)) out += margin + "# comment\n";
    if (map && chance(15) && anchors_ > 0) {
      out += margin + "<<: *x" + std::to_string(below(anchors_)) + "\n";
      continue;
    }
    out += margin +
           (map ? std::string(keys()[3 * i + below(chance(20) ? 16 - 3 * i : 3)]) + ":" : "-");
    std::string anchor;
    if (chance(8)) anchor = " &x" + std::to_string(anchors_);
    if (depth > 0 && chance(2)) {
      out += anchor;
      if (!map && anchor.empty() && chance(2)) {
        std::string inner = block(depth - 1, indent + 2);
        if (inner.size() > indent + 2 && inner[indent + 2] != '#') inner = inner.substr(indent + 2);
        out += (inner[0] == ' ' ? "\n" : " ") + inner;
      } else {
        out += "\n" + block(depth - 1, indent + (map && chance(3) ? 0 : 2));
      }
    } else if (chance(6)) {
      out += anchor + " " + block_scalar(indent);
    } else if (chance(10) && anchors_ > 0) {
      out += " *x" + std::to_string(below(anchors_)) + "\n";
      anchor.clear();
    } else {
      out += anchor + " " + (chance(4) ? flow(2) : inline_scalar(false)) + "\n";
    }
    if (!anchor.empty()) ++anchors_;
  }
  return out;
}

std::string Random::document() {
  anchors_ = 0;
  return block(1 + below(3), 0);
}

std::string Random::tokens() {
  static const std::vector<std::string_view> kTokens{
      "a",  "b",      "c",   ": ",  ":",   ":\n",  "\n", "\n",     "\n  ", "\n    ", " ",
      "  ", "- ",     "-",   "[",   "]",   "{",    "}",  ", ",     ",",    "\"",     "'",
      "#",  " # c\n", "&x ", "*x",  "|\n", ">-\n", "? ", "!!str ", "! ",   "\t",     "1",
      "~",  "<<: ",   "a: ", "b: ", "\\",  "\r\n", "\r", "@",      "%",    "`"};
  std::string out;
  for (size_t n = 1 + below(14); n > 0; --n) out += pick(kTokens);
  return out;
}

}  // namespace plumb::testing
