#include "core/edit/file_edit.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "core/edit/edit_errors.h"
#include "lang/yaml/yaml.h"

namespace plumb::edit {
namespace {

Error not_editable(const std::string& file, const yaml::ScalarPlace& place) {
  Error error(kNotEditable, place.is_alias
                                ? "the image is given by the alias *" +
                                      escape_terminal(shorten(place.value)) +
                                      ", which other fields may share"
                                : "the image is not written on one line as a value of its own");
  return error.at({file, place.line, 0})
      .with_help("write the image in this place as a plain or quoted text");
}

// The value at a path of keys and indexes; nullptr where it is not (below "<<", say).
Value* value_at(Value& root, const std::vector<std::string>& path) {
  Value* at = &root;
  for (const std::string& key : path) {
    if (at->is_map()) {
      at = at->mutable_map().find(key);
    } else if (at->is_list()) {
      size_t index = 0;
      const auto read = std::from_chars(key.data(), key.data() + key.size(), index);
      const bool whole = read.ec == std::errc() && read.ptr == key.data() + key.size();
      at = whole && index < at->as_list()->size() ? &at->mutable_list()[index] : nullptr;
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

// A fresh budget: the text was paid for when it was searched.
Result<std::vector<yaml::Document>> parsed(const std::string& file, const std::string& text,
                                           const Budget& budget) {
  Budget own(budget.limits());
  return yaml::parse_all(text, file, own);
}

// What the documents are with only these values changed. Documents are matched by the line they
// begin on, for empty ones are left out.
Result<void> expect_no_other_change(const FileEdit& edit, const std::vector<ScalarEdit>& edits,
                                    const Budget& budget) {
  std::vector<yaml::Document> before = TRY(parsed(edit.file, edit.before, budget));
  const std::vector<yaml::Document> after = TRY(parsed(edit.file, edit.after, budget));
  const Error more =
      Error(kEditChangesMore, "the edit would change other fields of the file too")
          .at({edit.file, edits.front().place.line, 0})
          .with_help("an anchor or \"<<\" brings the image into several places: write it out");
  if (before.size() != after.size()) return more;
  for (const ScalarEdit& one : edits) {
    const auto document = std::find_if(before.rbegin(), before.rend(), [&](const auto& candidate) {
      return candidate.line <= one.place.line;
    });
    Value* value = document == before.rend() ? nullptr : value_at(document->value, one.place.path);
    if (value == nullptr) return more;
    *value = one.value;
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (!(before[i].value == after[i].value)) return more;
  }
  return {};
}

}  // namespace

Result<FileEdit> edit_scalars(const std::string& file, const std::string& text,
                              std::vector<ScalarEdit> edits, Budget& budget) {
  std::sort(edits.begin(), edits.end(),
            [](const ScalarEdit& a, const ScalarEdit& b) { return a.place.begin < b.place.begin; });
  std::erase_if(edits, [](const ScalarEdit& one) {
    return one.place.is_text && !one.place.is_alias && one.place.value == one.value;
  });
  FileEdit out{.file = file, .before = text, .after = {}, .changes = {}};
  size_t copied = 0;
  for (const ScalarEdit& one : edits) {
    const yaml::ScalarPlace& place = one.place;
    if (!place.is_replaceable) return not_editable(file, place);
    out.after.append(text, copied, place.begin - copied);
    out.after += yaml::written_at(place, one.value);
    copied = place.end;
    out.changes.push_back({{file, place.line, 0}, join(place.path, "."), place.value, one.value});
  }
  out.after.append(text, copied);
  if (!edits.empty()) TRY(expect_no_other_change(out, edits, budget));
  return out;
}

}  // namespace plumb::edit
