// assemble: documents of any renderer -> Manifests: Lists expanded, objects checked, server-set
// fields taken out, duplicates found, content hashed. read_set is left to the caller.
#pragma once

#include "base/budget.h"
#include "core/render/document.h"

namespace plumb::rendering {

// With Lists replaced by what is in them.
[[nodiscard]] std::vector<SourceDocument> expanded(std::vector<SourceDocument> documents);

// Problems of single documents are added; an error is returned when a limit of the whole app is
// exceeded.
[[nodiscard]] Result<Manifests> assemble(Documents documents, Budget& budget, Problems& problems);

}  // namespace plumb::rendering
