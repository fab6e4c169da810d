// Ignore rules: which fields of an object an App leaves to others, and the body without them.
//
// The semantics are those of Flux's kustomize-controller (spec.ignore) and of Argo CD's
// ignoreDifferences with RespectIgnoreDifferences=true: the field is written when the object is
// created, and belongs to whoever changes it afterwards; diff and apply agree. Decided by field
// ownership, so that a field never gets lost: as long as only we own it, it is sent as written
// (leaving it out would delete it); once another manager owns it, or somebody removed it, it is not
// sent any more. Pure; recursion is bounded by the depth limit of the parsers the objects come
// from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/ignore.h"
#include "model/manifests.h"
#include "model/observed.h"

namespace plumb {

inline constexpr ErrorCode kBadIgnoreRule{608, "BadIgnoreRule"};  // pattern or pointer

// "/spec/template/metadata/annotations/example.org~1restarted". Errors: not a pointer, or one to
// what makes the object this object.
[[nodiscard]] Result<JsonPointer> parse_ignored_pointer(std::string_view text);
// A pattern of an ObjectSelector. Errors: not a regular expression.
[[nodiscard]] Result<void> check_pattern(const std::string& pattern);

// The pattern that fits exactly this text.
[[nodiscard]] std::string pattern_of_text(const std::string& text);

// The rules of an app, ready to be asked, and what they were good for. Belongs to one pass over the
// manifests of the app.
class IgnoreTargets {
 public:
  explicit IgnoreTargets(const std::vector<IgnoreRule>& rules);
  ~IgnoreTargets();
  IgnoreTargets(const IgnoreTargets&) = delete;
  IgnoreTargets& operator=(const IgnoreTargets&) = delete;

  [[nodiscard]] IgnoredFields fields_of(const Manifest& manifest);
  // Of the rules, and of their pointers, that were of no use to any manifest so far. A field that
  // no manifest sets is left to others without a rule.
  [[nodiscard]] std::vector<Warning> unused() const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
};

// Whether the rules leave all of a drift to the managers that are blamed for it. False where it is
// not known who changed what.
[[nodiscard]] bool are_ignored(const DriftBlame& blame, const IgnoredFields& ignored);

// The same text for the same rules; part of D, so that a new rule is applied.
[[nodiscard]] std::string canonical_text(const IgnoredFields& ignored);

// The body as it is to be sent to an object that is there: `live` as the server returned it, with
// its managedFields.
[[nodiscard]] Value without_ignored(const Value& body, const Value& live,
                                    const IgnoredFields& ignored);

}  // namespace plumb
