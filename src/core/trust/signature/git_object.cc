#include "core/trust/signature/git_object.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace plumb::trust {
namespace {

constexpr int64_t kMaxSeconds = 253402300799;  // the end of the year 9999
constexpr size_t kMaxHeaders = 1000;

// How Git finds the signature of a tag; the last such line counts for Git, several are an error
// here (gpg-interface.c).
constexpr std::array<std::string_view, 4> kArmorBegins = {
    "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----",
    "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----"};

Error bad(std::string what) {
  return Error(kBadSignedObject, std::move(what), Retry::permanent);
}

std::string shown(std::string_view text) {
  return "\"" + escape_terminal(shorten(text, 60)) + "\"";
}

// One header with its continuation lines. Borrows the object's bytes.
struct Header {
  std::string_view name;
  std::string_view value;  // of the first line
  std::string_view lines;  // all bytes, with every LF
  bool folded = false;
};

struct Headers {
  std::vector<Header> list;
  std::string_view body;  // after the empty line
};

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':' || c == '.';
  });
}

Result<Headers> split_headers(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return bad("it contains a NUL byte");
  if (!is_valid_utf8(bytes)) return bad("it is not UTF-8");
  Headers out;
  std::string_view rest = bytes;
  while (!rest.starts_with('\n')) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return bad("its headers do not end with an empty line");
    const std::string_view line = rest.substr(0, end);
    const std::string_view whole = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    if (line.starts_with(' ')) {
      if (out.list.empty()) return bad("it begins with a continuation line");
      Header& last = out.list.back();
      last.lines = std::string_view(last.lines.data(), last.lines.size() + whole.size());
      last.folded = true;
      continue;
    }
    const size_t space = line.find(' ');
    if (space == std::string_view::npos || !is_header_name(line.substr(0, space))) {
      return bad("header line " + shown(line) + " is not a name and a value");
    }
    if (out.list.size() == kMaxHeaders) return bad("it has too many headers");
    out.list.push_back({line.substr(0, space), line.substr(space + 1), whole, false});
  }
  out.body = rest.substr(1);
  return out;
}

bool is_id(std::string_view text, ObjectFormat format) {
  return text.size() == (format == ObjectFormat::sha1 ? 40U : 64U) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_plain_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '<' || c == '>';
  });
}

std::optional<int64_t> parse_seconds(std::string_view digits) {
  if (digits.empty() || digits.size() > 12 || (digits.size() > 1 && digits[0] == '0')) return {};
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  if (seconds < 0 || seconds > kMaxSeconds) return {};
  return seconds;
}

std::optional<int> parse_zone(std::string_view zone) {
  if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return {};
  if (!std::all_of(zone.begin() + 1, zone.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return {};
  }
  const int minutes =
      (zone[1] - '0') * 600 + (zone[2] - '0') * 60 + (zone[3] - '0') * 10 + (zone[4] - '0');
  return zone[0] == '-' ? -minutes : minutes;
}

// "Name <mail> 1700000000 +0100", in exactly this form: Git's readers find the time from the end,
// so that a looser form could be read in two ways.
Result<Identity> parse_identity(const Header& header) {
  const auto wrong = [&header](const char* what) {
    return bad("header " + std::string(header.name) + ": " + what + " in " + shown(header.value));
  };
  if (header.folded) return wrong("continuation line");
  const std::string_view text = header.value;
  const size_t open = text.find(" <");
  const size_t close = text.find("> ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) {
    return wrong("no \"name <address> time zone\"");
  }
  Identity out;
  out.name = text.substr(0, open);
  out.mail = text.substr(open + 2, close - open - 2);
  if (!is_plain_text(out.name)) return wrong("control character or bracket in the name");
  if (!is_plain_text(out.mail)) return wrong("control character or bracket in the address");
  const std::string_view time = text.substr(close + 2);
  const size_t space = time.find(' ');
  if (space == std::string_view::npos) return wrong("no time zone");
  const auto seconds = parse_seconds(time.substr(0, space));
  if (!seconds) return wrong("bad time");
  const auto zone = parse_zone(time.substr(space + 1));
  if (!zone) return wrong("bad time zone");
  out.when = WallTime(std::chrono::seconds(*seconds));
  out.offset_minutes = *zone;
  return out;
}

Error missing(const char* name) {
  return bad("header " + std::string(name) + " is missing or not in its place");
}

// Headers are consumed from the front in the order that Git demands.
class Cursor {
 public:
  explicit Cursor(const std::vector<Header>& list) : list_(list) {}

  [[nodiscard]] bool at(std::string_view name) const {
    return next_ < list_.size() && list_[next_].name == name;
  }
  [[nodiscard]] const Header* take(std::string_view name) {
    return at(name) ? &list_[next_++] : nullptr;
  }
  [[nodiscard]] const Header* take_any() {
    return next_ == list_.size() ? nullptr : &list_[next_++];
  }

 private:
  const std::vector<Header>& list_;
  size_t next_ = 0;
};

Result<std::string> take_id(Cursor& cursor, const char* name, ObjectFormat format) {
  const Header* header = cursor.take(name);
  if (!header) return missing(name);
  if (header->folded || !is_id(header->value, format)) {
    return bad("header " + std::string(name) + ": " + shown(header->value) + " is not an id of " +
               (format == ObjectFormat::sha1 ? "40" : "64") + " hexadecimal digits");
  }
  return std::string(header->value);
}

Result<void> check_encoding(const Header& header) {
  const std::string name = to_lower(header.value);
  if (!header.folded && (name == "utf-8" || name == "utf8")) return {};
  return bad("it declares the encoding " + shown(header.value) + "; only UTF-8 is verified");
}

// The armour in a signature header, as Git takes it out: the value, then the continuation lines
// without their first space.
std::string unfold(const Header& header) {
  std::string out;
  std::string_view rest = header.lines.substr(header.name.size());
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    out += rest.substr(1, end);  // with the LF
    rest.remove_prefix(end + 1);
  }
  return out;
}

// What stands after `committer`: any order, each name once, `mergetag` aside.
Result<void> take_other_headers(Cursor& cursor, ObjectFormat format, std::string_view bytes,
                                CommitObject& commit) {
  const std::string_view ours = format == ObjectFormat::sha1 ? "gpgsig" : "gpgsig-sha256";
  std::vector<std::string_view> seen = {"tree", "parent", "author", "committer"};
  while (const Header* header = cursor.take_any()) {
    const bool repeated = std::find(seen.begin(), seen.end(), header->name) != seen.end();
    seen.push_back(header->name);
    if (header->name.starts_with("gpgsig")) {
      if (commit.signature) return Error(kSeveralSignatures, "it has several signature headers");
      if (header->name != ours) {
        return bad("header " + shown(header->name) +
                   " is not the signature header of this repository's hash algorithm");
      }
      commit.signature = unfold(*header);
      const size_t at = static_cast<size_t>(header->lines.data() - bytes.data());
      commit.payload = bytes.substr(0, at);
      commit.payload += bytes.substr(at + header->lines.size());
    } else if (repeated && header->name != "mergetag") {
      return bad("header " + shown(header->name) + " is repeated or not in its place");
    } else if (header->name == "encoding") {
      TRY(check_encoding(*header));
    }
  }
  return {};
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<Trailer> parse_trailer(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return {};
  const std::string_view token = line.substr(0, colon);
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) return {};
  return Trailer{std::string(token), std::string(trim(line.substr(colon + 1)))};
}

// Where the armour of a tag begins; npos without signature.
Result<size_t> find_armor(std::string_view bytes) {
  size_t found = std::string_view::npos;
  for (size_t at = 0; at < bytes.size();) {
    const std::string_view rest = bytes.substr(at);
    const bool begins =
        std::any_of(kArmorBegins.begin(), kArmorBegins.end(),
                    [rest](std::string_view text) { return rest.starts_with(text); });
    if (begins && found != std::string_view::npos) {
      return Error(kSeveralSignatures, "it has several signatures");
    }
    if (begins) found = at;
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    at += end + 1;
  }
  return found;
}

Result<void> take_tag_headers(Cursor& cursor, ObjectFormat format, TagObject& tag) {
  tag.object = ObjectId(TRY(take_id(cursor, "object", format)));
  const Header* type = cursor.take("type");
  if (!type) return missing("type");
  tag.type = type->value;
  static constexpr std::array<std::string_view, 4> kTypes = {"commit", "tree", "blob", "tag"};
  if (type->folded || std::find(kTypes.begin(), kTypes.end(), tag.type) == kTypes.end()) {
    return bad("header type: " + shown(type->value) + " is not a type of object");
  }
  const Header* name = cursor.take("tag");
  if (!name) return missing("tag");
  tag.name = name->value;
  if (name->folded || !parse_ref_name("refs/tags/" + tag.name)) {
    return bad("header tag: " + shown(name->value) + " is not a name of a tag");
  }
  const Header* tagger = cursor.take("tagger");
  if (!tagger) return missing("tagger");
  tag.tagger = TRY(parse_identity(*tagger));
  if (const Header* other = cursor.take_any()) {
    return bad("header " + shown(other->name) + " is repeated or not known in a tag");
  }
  return {};
}

}  // namespace

ObjectFormat format_of(const CommitId& commit) {
  return commit.str().size() == 64 ? ObjectFormat::sha256 : ObjectFormat::sha1;
}

std::string Identity::display() const {
  return name + " <" + mail + ">";
}

Result<CommitObject> parse_commit(std::string_view bytes, ObjectFormat format) {
  const Headers headers = TRY(split_headers(bytes));
  Cursor cursor(headers.list);
  CommitObject commit;
  commit.tree = ObjectId(TRY(take_id(cursor, "tree", format)));
  while (cursor.at("parent")) {
    commit.parents.emplace_back(TRY(take_id(cursor, "parent", format)));
  }
  std::vector<CommitId> sorted = commit.parents;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return bad("it names the same parent twice");
  }
  const Header* author = cursor.take("author");
  if (!author) return missing("author");
  commit.author = TRY(parse_identity(*author));
  const Header* committer = cursor.take("committer");
  if (!committer) return missing("committer");
  commit.committer = TRY(parse_identity(*committer));
  TRY(take_other_headers(cursor, format, bytes, commit));
  if (!commit.signature) commit.payload = bytes;
  commit.message = headers.body;
  commit.trailers = parse_trailers(commit.message);
  return commit;
}

Result<TagObject> parse_tag(std::string_view bytes, ObjectFormat format) {
  const Headers headers = TRY(split_headers(bytes));
  Cursor cursor(headers.list);
  TagObject tag;
  TRY(take_tag_headers(cursor, format, tag));
  const size_t armor = TRY(find_armor(bytes));
  const size_t body = static_cast<size_t>(headers.body.data() - bytes.data());
  tag.payload = bytes.substr(0, armor);
  if (armor != std::string_view::npos) {
    tag.signature = bytes.substr(armor);
    tag.message = bytes.substr(body, armor - body);
  } else {
    tag.message = headers.body;
  }
  return tag;
}

std::vector<Trailer> parse_trailers(std::string_view message) {
  std::vector<std::string_view> lines = lines_of(message);
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  size_t begin = lines.size();
  while (begin > 0 && !is_blank(lines[begin - 1])) --begin;
  const bool is_first =
      std::all_of(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(begin), is_blank);
  if (is_first) return {};
  std::vector<Trailer> out;
  for (size_t i = begin; i < lines.size(); ++i) {
    if ((lines[i].starts_with(' ') || lines[i].starts_with('\t')) && !out.empty()) {
      out.back().value += " " + std::string(trim(lines[i]));
      continue;
    }
    std::optional<Trailer> trailer = parse_trailer(lines[i]);
    if (!trailer) return {};
    out.push_back(*std::move(trailer));
  }
  return out;
}

}  // namespace plumb::trust
