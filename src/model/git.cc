#include "model/git.h"

#include <algorithm>

#include "base/text.h"

namespace plumb {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The reason why git-check-ref-format would refuse the name, or nullptr.
const char* ref_fault(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.size() > 1024) return "it is longer than 1024 bytes";
  if (name.front() == '-') return "it starts with \"-\"";
  if (name.front() == '/' || name.back() == '/') return "it starts or ends with \"/\"";
  if (name.back() == '.') return "it ends with \".\"";
  if (name.find("..") != std::string_view::npos) return "it has \"..\"";
  if (name.find("//") != std::string_view::npos) return "it has \"//\"";
  if (name.find("@{") != std::string_view::npos || name == "@") return "it has \"@{\"";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F) return "it has a space or a control";
    if (std::string_view("~^:?*[\\").find(c) != std::string_view::npos) {
      return "it has one of ~ ^ : ? * [ \\";
    }
  }
  for (const std::string& part : split(name, '/')) {
    if (part.starts_with('.') || part.ends_with(".lock"))
      return "a part starts with \".\" or ends with \".lock\"";
  }
  return nullptr;
}

}  // namespace

Result<CommitId> parse_commit_id(std::string_view text) {
  if ((text.size() == 40 || text.size() == 64) && is_hex(text)) return CommitId(std::string(text));
  return Error(kBadCommitId, "\"" + escape_terminal(text) + "\" is not a full commit id")
      .with_help("give all 40 lower-case hexadecimal digits");
}

Result<RefName> parse_ref_name(std::string_view text) {
  if (const char* fault = ref_fault(text)) {
    return Error(kBadRef, "\"" + escape_terminal(text) + "\" is not a ref name: " + fault);
  }
  return RefName(std::string(text));
}

std::string abbreviated(const CommitId& commit) {
  return commit.str().substr(0, 12);
}

std::string Revision::display() const {
  std::string_view name = ref.str();
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  return name.empty() ? commit.str() : std::string(name) + "@" + commit.str();
}

}  // namespace plumb
