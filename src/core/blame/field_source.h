// FieldSource: the file and line that a field of a rendered object comes from, as far as the files
// tell. A plain manifest knows its lines. Of what kustomize makes, what is looked at are the files
// that the commit which set the field had changed: in them
//   1. the same field, with this value, in the object's own document or in a patch of it;
//   2. else the one changed field whose value is, or stands in, the value of the field (an image
//      tag, a prefix);
//   3. else what makes the object, where that is a generator; else the kustomizations among the
//   files,
//      whose transformers may have made it; else the files.
// Lines are those of the tip. Pure; borrows all it is made of; belongs to one call of blame.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/diff/field_path.h"
#include "lang/yaml/yaml.h"
#include "model/manifests.h"

namespace plumb {

// What the commit that set a field changed of what the app is made from.
struct CommitChange {
  std::shared_ptr<const SourceTree> before;  // null: the commit has no parent that is known
  std::shared_ptr<const SourceTree> after;
  std::vector<RelPath> files;
};

struct FieldOrigin {
  std::vector<std::string> files;
  int line = 0;  // 0: not known
};

class FieldSource {
 public:
  FieldSource(const Manifest& manifest, const SourceTree& tip);

  [[nodiscard]] Result<FieldOrigin> find(const Leaf& field, const CommitChange& change);

 private:
  using Documents = std::shared_ptr<const std::vector<yaml::Document>>;

  // Of a file that is no YAML, or not there: none.
  [[nodiscard]] Result<Documents> documents(const SourceTree& tree, const RelPath& file);
  [[nodiscard]] Result<Documents> documents_at_tip(const RelPath& file);
  [[nodiscard]] bool is_about_object(const Value& document) const;
  [[nodiscard]] Result<std::optional<int>> line_of_same_field(const Leaf& field,
                                                              const RelPath& file);
  [[nodiscard]] Result<std::optional<FieldOrigin>> only_changed_field(const Leaf& field,
                                                                      const CommitChange& change);
  [[nodiscard]] FieldOrigin whole_files(const CommitChange& change) const;

  const Manifest& manifest_;
  const SourceTree& tip_;
  std::map<RelPath, Documents> tip_documents_;
  std::string kind_;  // of the document that the object was made from
  std::string name_;
};

}  // namespace plumb
