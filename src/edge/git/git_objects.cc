#include "edge/git/git_objects.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kIdBytes = 20;
constexpr int64_t kMaxSeconds = 253402300799;  // the end of the year 9999

Error bad_object(const std::string& what) {
  return Error(kBadGitObject, what);
}

// Takes the first line off `rest`.
std::string_view take_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// "Name <mail> 1700000000 +0100": who, and when in seconds. A time that makes no sense is 0.
struct Signature {
  std::string who;
  WallTime when{};
};

Signature parse_signature(std::string_view text) {
  const size_t end = text.rfind('>');
  if (end == std::string_view::npos) return {std::string(text), {}};
  Signature out{std::string(text.substr(0, end + 1)), {}};
  const std::string_view time = trim(text.substr(end + 1));
  int64_t seconds = 0;
  std::from_chars(time.data(), time.data() + time.size(), seconds);
  if (seconds > 0 && seconds <= kMaxSeconds) out.when = WallTime(std::chrono::seconds(seconds));
  return out;
}

std::optional<EntryKind> kind_of(std::string_view mode) {
  if (mode == "40000" || mode == "040000") return EntryKind::directory;
  if (mode == "120000") return EntryKind::symlink;
  if (mode == "160000") return EntryKind::submodule;
  if (mode.starts_with("100")) return EntryKind::file;
  return std::nullopt;
}

bool is_entry_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && to_lower(name) != ".git" &&
         name.find('/') == std::string_view::npos;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

}  // namespace

Result<CommitText> parse_commit(std::string_view bytes) {
  CommitText commit;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    if (line.starts_with("tree ") && commit.tree.empty()) {
      commit.tree = ObjectId(TRY(parse_commit_id(line.substr(5))).str());
    } else if (line.starts_with("parent ")) {
      commit.parents.push_back(TRY(parse_commit_id(line.substr(7))));
    } else if (line.starts_with("author ")) {
      Signature author = parse_signature(line.substr(7));
      commit.author = std::move(author.who);
      commit.authored_at = author.when;
    } else if (line.starts_with("committer ")) {
      commit.committed_at = parse_signature(line.substr(10)).when;
    }
  }
  if (commit.tree.empty()) return bad_object("a commit names no tree");
  while (rest.starts_with('\n')) rest.remove_prefix(1);
  commit.subject = std::string(trim(take_line(rest)));
  return commit;
}

Result<std::vector<TreeEntry>> parse_tree(std::string_view bytes) {
  std::vector<TreeEntry> entries;
  while (!bytes.empty()) {
    const size_t space = bytes.find(' ');
    const size_t end = bytes.find('\0');
    if (space == std::string_view::npos || end == std::string_view::npos || space > end ||
        bytes.size() - end - 1 < kIdBytes) {
      return bad_object("a tree is malformed");
    }
    const std::optional<EntryKind> kind = kind_of(bytes.substr(0, space));
    const std::string_view name = bytes.substr(space + 1, end - space - 1);
    if (!kind || !is_entry_name(name)) {
      return bad_object("a tree has the entry \"" + escape_terminal(name) +
                        "\", which no tree may have");
    }
    entries.push_back({std::string(name), *kind, ObjectId(hex(bytes.substr(end + 1, kIdBytes)))});
    bytes.remove_prefix(end + 1 + kIdBytes);
  }
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(entries.begin(), entries.end(),
                         [](const TreeEntry& a, const TreeEntry& b) { return a.name == b.name; });
  if (twice != entries.end()) {
    return bad_object("a tree has the entry \"" + escape_terminal(twice->name) + "\" twice");
  }
  return entries;
}

}  // namespace plumb
