// RenderedScope: what would a change do to the cluster? Compares what every folder of the policy's
// spec.apps renders to before and after it: the same objects, and differences at allowed fields
// with allowed values only, also as Apps that are known change them. What cannot be told is out of
// scope: a folder that does not render on either side, a changed file that no folder reads. Between
// two comparisons nothing is unpacked. Made for one walk; borrows all; not thread safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/trust/walk/object_tree.h"
#include "core/trust/walk/walk.h"

namespace plumb::trust {

class RenderedScope {
 public:
  RenderedScope(const WalkRequest& request, Objects& objects)
      : request_(request), objects_(objects) {}

  // Two root trees, and a path that differs between them. kOutOfScope; errors of the world are
  // transient.
  [[nodiscard]] Result<void> check(const ObjectId& before, const ObjectId& after,
                                   const std::string& path, const std::vector<FieldRule>& rules);

 private:
  using Render = std::shared_ptr<const std::vector<Rendered>>;
  // A folder that a change touches.
  struct Touched {
    RelPath app;
    Render was;
    Render is;
  };

  // All folders that the change touches; kOutOfScope where one does not render.
  [[nodiscard]] Result<std::vector<Touched>> touched_by(const ObjectId& before,
                                                        const ObjectId& after);
  // Are all differences of what is touched allowed?
  [[nodiscard]] Result<void> compare_touched(const std::vector<Touched>& touched,
                                             const std::vector<FieldRule>& rules);
  // From the last render of the app where that still holds.
  [[nodiscard]] Result<Render> render(const ObjectTree& tree, const RelPath& app);

  const WalkRequest& request_;
  Objects& objects_;
  std::map<RelPath, Render> renders_;  // the last of each app
  // Of the change that was asked about last: one commit has many paths.
  std::pair<ObjectId, ObjectId> change_;
  std::optional<Result<std::vector<Touched>>> touched_;
  std::map<std::string, Result<void>> compared_;  // by the text of the rules
};

// One changed value against the rules for its field: kOutOfScope. Without a value the field comes,
// goes or changes its type, which no rule allows.
[[nodiscard]] Result<void> check_change(const std::vector<std::string>& field,
                                        const std::optional<std::string>& was,
                                        const std::optional<std::string>& is,
                                        const std::vector<FieldRule>& rules);

}  // namespace plumb::trust
