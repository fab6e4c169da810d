// Error codes of core/edit (12xx): edits of a config repository.
#pragma once

#include "base/error.h"

namespace plumb::edit {

inline constexpr ErrorCode kBadImage{1201, "BadImage"};              // not NAME=IMAGE[:TAG]
inline constexpr ErrorCode kImageNotFound{1202, "ImageNotFound"};    // nothing names it
inline constexpr ErrorCode kAmbiguousImage{1203, "AmbiguousImage"};  // the name fits several
inline constexpr ErrorCode kNotEditable{1204, "NotEditable"};        // an alias, a block, no field
inline constexpr ErrorCode kEditChangesMore{1205, "EditChangesMore"};  // by an alias or a merge

}  // namespace plumb::edit
