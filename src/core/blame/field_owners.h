// Who owns the fields of a live object, by its managedFields: what in it is not from Git. Pure;
// recursion is bounded by the depth limit of the parser that read the object.
#pragma once

#include <string>
#include <vector>

#include "lang/value/value.h"

namespace plumb {

struct FieldOwner {
  std::string manager;    // "kubectl-edit"
  std::string operation;  // "Apply" or "Update"
  std::string time;       // RFC 3339; "" where the server does not tell
};

struct OwnedField {
  std::string path;
  std::string identity;  // of core/diff's leaves
  Value value;           // never of a Secret: "***"
  bool ours = false;     // by an apply of Plumb, whoever else does
  std::vector<FieldOwner> others;
};

// Every leaf of the object but status and what the server keeps for itself. One that nobody owns is
// a default of the server, or of a webhook.
[[nodiscard]] std::vector<OwnedField> owned_fields(const Value& live);

}  // namespace plumb
