#include "core/blame/rendered_history.h"

#include <algorithm>
#include <set>
#include <utility>

namespace plumb {
namespace {

bool same_entry(const std::optional<TreeEntry>& a, const std::optional<TreeEntry>& b) {
  return a.has_value() == b.has_value() && (!a || (a->kind == b->kind && a->id == b->id));
}

class ChangedFiles {
 public:
  ChangedFiles(const SourceTree* before, const SourceTree& after)
      : before_(before), after_(after) {}

  // The path itself, and what is below it where `deep`.
  Result<void> add(const RelPath& start, bool deep) {
    std::vector<RelPath> open{start};
    while (!open.empty()) {
      const RelPath path = std::move(open.back());
      open.pop_back();
      const std::optional<TreeEntry> now = TRY(after_.entry(path));
      std::optional<TreeEntry> then;
      if (before_ != nullptr) then = TRY(before_->entry(path));
      if (same_entry(then, now)) continue;
      const bool is_folder = now && now->kind == EntryKind::directory;
      const bool was_folder = then && then->kind == EntryKind::directory;
      if ((now && !is_folder) || (then && !was_folder)) out_.insert(path);
      if (!deep) continue;
      std::set<std::string> names;
      if (is_folder) {
        for (const TreeEntry& entry : TRY(after_.list(path))) names.insert(entry.name);
      }
      if (was_folder) {
        for (const TreeEntry& entry : TRY(before_->list(path))) names.insert(entry.name);
      }
      for (const std::string& name : names) open.push_back(path.child(name));
    }
    return {};
  }

  [[nodiscard]] std::vector<RelPath> take() { return {out_.begin(), out_.end()}; }

 private:
  const SourceTree* before_;
  const SourceTree& after_;
  std::set<RelPath> out_;
};

}  // namespace

Result<Manifests> RenderedHistory::render_at(const SourceTree& tree) {
  ++renders_;
  Budget budget;
  return render(tree, source_, budget);
}

Result<Rendered> RenderedHistory::tip(const CommitId& id) {
  const std::shared_ptr<const SourceTree> tree = TRY(history_.tree(id));
  return std::make_shared<const Manifests>(TRY(render_at(*tree)));
}

Result<Rendered> RenderedHistory::parent(const CommitId& id, const Rendered& child) {
  const std::shared_ptr<const SourceTree> tree = TRY(history_.tree(id));
  if (child != nullptr && TRY(holds(child->read_set, *tree))) return child;
  if (!TRY(tree->kind(source_.path))) return std::make_shared<const Manifests>();
  Result<Manifests> manifests = render_at(*tree);
  if (manifests) return std::make_shared<const Manifests>(*std::move(manifests));
  if (manifests.error().retry() == Retry::transient) return std::move(manifests).error();
  return Rendered();
}

Result<std::vector<RelPath>> changed_inputs(const ReadSet& read, const SourceTree* before,
                                            const SourceTree& after) {
  ChangedFiles changed(before, after);
  for (const auto& [path, seen] : read.paths) {
    TRY(changed.add(path, seen && seen->kind == EntryKind::directory && !seen->id.empty()));
  }
  return changed.take();
}

}  // namespace plumb
