// What a change of a config repository changes, for people: on a terminal, as a comment of a pull
// request (Markdown of GitHub, GitLab and Gitea) and as a value. Pure. Text of the repository is
// made safe for each: it can neither drive a terminal nor break out of Markdown's code.
#pragma once

#include <string>

#include "cmd/text/output.h"
#include "core/preview/preview.h"
#include "lang/value/value.h"

namespace plumb {

// What was compared, as people named it.
struct PreviewedRange {
  std::string before;  // a commit
  std::string after;
};

[[nodiscard]] std::string preview_text(const Preview& preview, const PreviewedRange& range,
                                       const Style& style);
// The first line is a comment by which a job finds its own earlier comment. At most about 60,000
// bytes (GitHub takes 65,536): details that do not fit are counted.
[[nodiscard]] std::string preview_markdown(const Preview& preview, const PreviewedRange& range);
[[nodiscard]] Value preview_value(const Preview& preview, const PreviewedRange& range);

inline constexpr const char* kBrokenBefore =
    "it does not render, and did not before this change: what would become of it is not known";

// "2 to create, 1 to change, 3 to delete" of all apps; "" where nothing changes.
[[nodiscard]] std::string preview_totals(const Preview& preview);
[[nodiscard]] const char* word_of(ObjectDiffKind kind);

}  // namespace plumb
