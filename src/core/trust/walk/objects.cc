#include "core/trust/walk/objects.h"

#include "base/text.h"

namespace plumb::trust {
namespace {

constexpr uint64_t kMaxCommitBytes = 1 << 20;
constexpr uint64_t kMaxTreeBytes = 32 << 20;
constexpr size_t kMostTrees = 20'000;

Error bad_tree(const std::string& why) {
  return Error(kBadTree, "a tree of this commit is not what Git writes: " + why, Retry::denied);
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

std::optional<uint32_t> parse_mode(std::string_view text) {
  for (const auto& [known, mode] :
       std::initializer_list<std::pair<std::string_view, uint32_t>>{{"100644", kFileMode},
                                                                    {"100755", kProgramMode},
                                                                    {"120000", 0120000U},
                                                                    {"40000", kTreeMode},
                                                                    {"160000", 0160000U}}) {
    if (text == known) return mode;
  }
  return std::nullopt;
}

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && to_lower(name) != ".git" &&
         name.find('/') == std::string_view::npos;
}

// Git sorts a directory as if its name ended with a slash.
std::string sort_key(const TreeItem& item) {
  return item.mode == kTreeMode ? item.name + "/" : item.name;
}

}  // namespace

const char* to_string(GitObjectKind kind) {
  switch (kind) {
    case GitObjectKind::commit:
      return "commit";
    case GitObjectKind::tree:
      return "tree";
    case GitObjectKind::blob:
      return "blob";
    case GitObjectKind::tag:
      return "tag";
  }
  return "";
}

Result<Tree> parse_tree(std::string_view bytes, ObjectFormat format) {
  const size_t id_bytes = format == ObjectFormat::sha1 ? 20 : 32;
  Tree out;
  while (!bytes.empty()) {
    const size_t space = bytes.find(' ');
    const size_t end = bytes.find('\0');
    if (space == std::string_view::npos || end == std::string_view::npos || space > end ||
        bytes.size() - end - 1 < id_bytes) {
      return bad_tree("it is cut short");
    }
    const std::optional<uint32_t> mode = parse_mode(bytes.substr(0, space));
    const std::string_view name = bytes.substr(space + 1, end - space - 1);
    if (!mode) return bad_tree("the mode " + escape_terminal(shorten(bytes.substr(0, space))));
    if (!is_name(name)) return bad_tree("the name \"" + escape_terminal(shorten(name)) + "\"");
    TreeItem item{std::string(name), *mode, ObjectId(hex(bytes.substr(end + 1, id_bytes)))};
    if (!out.empty() && (sort_key(out.back()) >= sort_key(item) || out.back().name == item.name)) {
      return bad_tree("\"" + escape_terminal(shorten(name)) + "\" is out of order or there twice");
    }
    out.push_back(std::move(item));
    bytes.remove_prefix(end + 1 + id_bytes);
  }
  return out;
}

Result<std::string> Objects::bytes(const std::string& id, GitObjectKind kind, uint64_t max_bytes) {
  std::optional<GitObject> found = TRY(source_.read_object(id, max_bytes));
  if (!found) {
    return Error(kMissingObject,
                 std::string("the ") + to_string(kind) + " " + id + " is not in the repository",
                 Retry::transient)
        .with_help(
            "verification needs the whole history: a shallow or partial clone is not "
            "enough (git fetch --unshallow)");
  }
  if (found->kind != kind) {
    return Error(kMissingObject,
                 id + " is a " + to_string(found->kind) + ", not a " + to_string(kind),
                 Retry::denied);
  }
  return std::move(found->bytes);
}

Result<std::shared_ptr<const CommitObject>> Objects::commit(const CommitId& id) {
  const auto known = commits_.find(id);
  if (known != commits_.end()) return known->second;
  const std::string raw = TRY(bytes(id.str(), GitObjectKind::commit, kMaxCommitBytes));
  auto parsed = std::make_shared<const CommitObject>(TRY(parse_commit(raw, format_of(id))));
  commits_.emplace(id, parsed);
  return std::shared_ptr<const CommitObject>(std::move(parsed));
}

Result<std::shared_ptr<const Tree>> Objects::tree(const ObjectId& id) {
  const auto known = trees_.find(id);
  if (known != trees_.end()) return known->second;
  const std::string raw = TRY(bytes(id.str(), GitObjectKind::tree, kMaxTreeBytes));
  auto parsed = std::make_shared<const Tree>(TRY(parse_tree(raw, format_of(CommitId(id.str())))));
  if (trees_.size() >= kMostTrees) trees_.clear();
  trees_.emplace(id, parsed);
  return std::shared_ptr<const Tree>(std::move(parsed));
}

Result<std::optional<TreeItem>> Objects::item(const ObjectId& root, std::string_view path) {
  TreeItem at{"", kTreeMode, root};
  for (const std::string& part : split(path, '/')) {
    if (at.mode != kTreeMode) return std::optional<TreeItem>();
    const std::shared_ptr<const Tree> here = TRY(tree(at.id));
    const TreeItem* found = nullptr;
    for (const TreeItem& one : *here) {
      if (one.name == part) found = &one;
    }
    if (found == nullptr) return std::optional<TreeItem>();
    at = *found;
  }
  return std::optional(std::move(at));
}

}  // namespace plumb::trust
