// The statements that a ref of refs/plumb/ points to: the files of its commit. What cannot be read
// as such says nothing, and is no error. Borrows the objects.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/trust/walk/objects.h"

namespace plumb::trust {

// At most `left` files, which is counted down.
[[nodiscard]] std::vector<std::string> statement_files(Objects& objects,
                                                       const std::map<RefName, ObjectId>& refs,
                                                       const RefName& ref, size_t& left);

}  // namespace plumb::trust
