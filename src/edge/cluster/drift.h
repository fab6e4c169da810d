// The drift test: pure functions on objects as the API server returns them.
//
// S is the fingerprint of our manager's fieldsV1 (manager kFieldManager, operation Apply, no
// subresource) in metadata.managedFields; P that of the live object projected on it. Both are taken
// from the answer to our apply, so defaults and mutating webhooks are absorbed. Needs no schema:
// lang/fieldset.
// Recursion is bounded by the depth limit of the JSON parser the objects come from.
#pragma once

#include <optional>

#include "base/digest.h"
#include "base/result.h"
#include "lang/value/value.h"
#include "model/observed.h"

namespace plumb {

inline constexpr ErrorCode kNoManagedFields{540, "NoManagedFields"};

// Our fieldsV1 in the object; nullptr when we own nothing. Borrowed from the object.
[[nodiscard]] const Value* managed_fields_of(const Value& object);
[[nodiscard]] Fingerprint managed_fingerprint(const Value& fields);                         // S
[[nodiscard]] Fingerprint projected_fingerprint(const Value& object, const Value& fields);  // P

struct DriftState {
  Fingerprint managed;    // zero when we own nothing
  Fingerprint projected;  // zero when we own nothing
  // False when our entry was written in another API version than the object was read in: its
  // paths do not fit, so `projected` cannot be compared with a record.
  bool comparable = true;
  friend bool operator==(const DriftState&, const DriftState&) = default;
};
[[nodiscard]] DriftState drift_state_of(const Value& object);

// The record of an apply, from its answer. kNoManagedFields if the answer has no entry of ours.
[[nodiscard]] Result<ApplyRecord> record_of(const Value& apply_response,
                                            const Fingerprint& desired);

// Who changed what we own. With `previous` (our fieldsV1 before) the managers that cover the lost
// paths; without it those that wrote after us, with the paths they own and we do not. Sorted, at
// most 8 paths. Both lists are empty when fields were only removed: the server keeps no trace.
[[nodiscard]] DriftBlame blame(const Value& object, const Value* previous = nullptr);

}  // namespace plumb
