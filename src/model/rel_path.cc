#include "model/rel_path.h"

#include "base/text.h"

namespace plumb {
namespace {

Result<std::vector<std::string>> normalise(std::vector<std::string> base, std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.find('\\') != std::string_view::npos) {
    return Error(kBadPath, "path \"" + escape_terminal(text) + "\" has a NUL or a backslash");
  }
  if (text.starts_with('/')) {
    return Error(kPathOutsideTree, "path \"" + escape_terminal(text) + "\" is absolute")
        .with_help("use a path relative to the repository");
  }
  for (std::string& part : split(text, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      base.push_back(std::move(part));
    } else if (base.empty()) {
      return Error(kPathOutsideTree,
                   "path \"" + escape_terminal(text) + "\" leads outside the repository");
    } else {
      base.pop_back();
    }
  }
  return base;
}

}  // namespace

Result<RelPath> RelPath::parse(std::string_view text) {
  return RelPath(join(TRY(normalise({}, text)), "/"));
}

Result<RelPath> RelPath::resolve(std::string_view text) const {
  return RelPath(join(TRY(normalise(parts(), text)), "/"));
}

RelPath RelPath::child(std::string_view name) const {
  return RelPath(text_.empty() ? std::string(name) : text_ + "/" + std::string(name));
}

RelPath RelPath::parent() const {
  const size_t slash = text_.rfind('/');
  return slash == std::string::npos ? RelPath() : RelPath(text_.substr(0, slash));
}

std::string RelPath::filename() const {
  const size_t slash = text_.rfind('/');
  return slash == std::string::npos ? text_ : text_.substr(slash + 1);
}

bool RelPath::is_within(const RelPath& directory) const {
  if (directory.text_.empty() || text_ == directory.text_) return true;
  return text_.size() > directory.text_.size() && text_.starts_with(directory.text_) &&
         text_[directory.text_.size()] == '/';
}

std::vector<std::string> RelPath::parts() const {
  return text_.empty() ? std::vector<std::string>() : split(text_, '/');
}

}  // namespace plumb
