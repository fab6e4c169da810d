// FileEdit: other texts in the place of some scalars of one YAML or JSON file. Everything else
// keeps its bytes, and its meaning: the edited text is parsed again and compared with the text
// before, so that an edit that also changes another field (through an alias or "<<") is refused.
// Values; pure.
#pragma once

#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/yaml/scalars.h"

namespace plumb::edit {

struct ScalarEdit {
  yaml::ScalarPlace place;
  std::string value;  // the new one, a string
};

struct FieldChange {
  Position position;
  std::string path;  // "spec.template.spec.containers.0.image"
  std::string before;
  std::string after;
};

struct FileEdit {
  std::string file;  // in the repository
  std::string before;
  std::string after;
  std::vector<FieldChange> changes;  // in the order of the text; none: the file stays as it is
};

// The edits are of places that find_scalars found in `text`. kNotEditable for aliases and block
// scalars, kEditChangesMore as said above.
[[nodiscard]] Result<FileEdit> edit_scalars(const std::string& file, const std::string& text,
                                            std::vector<ScalarEdit> edits, Budget& budget);

}  // namespace plumb::edit
