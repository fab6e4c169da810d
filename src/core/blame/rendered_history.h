// RenderedHistory: an app as each commit of its history renders it, rendered only where an input is
// different. Borrows the history; belongs to one walk.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/blame/history.h"
#include "core/render/render.h"
#include "model/manifests.h"

namespace plumb {

// What a commit renders to; null: it does not render, and what it would be is not known.
using Rendered = std::shared_ptr<const Manifests>;

class RenderedHistory {
 public:
  RenderedHistory(const History& history, RenderRequest source)
      : history_(history), source_(std::move(source)) {}

  // Of the first commit; errors of the render are told.
  [[nodiscard]] Result<Rendered> tip(const CommitId& id);
  // Of a parent, whose child rendered to this. No such folder is no objects.
  [[nodiscard]] Result<Rendered> parent(const CommitId& id, const Rendered& child);
  [[nodiscard]] uint64_t renders() const { return renders_; }

 private:
  [[nodiscard]] Result<Manifests> render_at(const SourceTree& tree);

  const History& history_;
  const RenderRequest source_;
  uint64_t renders_ = 0;
};

// The files a render of `after` had read that are not the same in `before`, by path. Without
// `before` all of them.
[[nodiscard]] Result<std::vector<RelPath>> changed_inputs(const ReadSet& read,
                                                          const SourceTree* before,
                                                          const SourceTree& after);

}  // namespace plumb
