// Our custom resources, decoded: Value (as the API server returns it) -> RepositorySpec, AppSpec.
//
// The CRDs of deploy/ check the same at admission; this decoder does not trust that, for a CRD may
// be older than the program. A resource that does not decode is an error of its own that names
// every field at fault, and touches no other. Pure; reentrant.
#pragma once

#include "base/result.h"
#include "lang/value/value.h"
#include "model/spec.h"

namespace plumb {

inline constexpr ErrorCode kInvalidResource{701, "InvalidSpec"};
inline constexpr ErrorCode kDependsOnItself{702, "DependsOnItself"};
inline constexpr ErrorCode kBadVariable{734, "VariableNameInvalid"};

inline constexpr Duration kLeastInterval = std::chrono::seconds(1);
inline constexpr Duration kMostInterval = std::chrono::hours(24 * 365);

[[nodiscard]] Result<RepositorySpec> decode_repository(const Value& body);
[[nodiscard]] Result<AppSpec> decode_app(const Value& body);
// Of an App that is being deleted, though its spec does not decode: to go away it needs its
// inventory and little else. Where it cannot be read whether (deletionPolicy), as whom
// (serviceAccountName) or where (kubeConfig) to delete its objects, they are left in the cluster.
[[nodiscard]] Result<AppSpec> decode_deleted_app(const Value& body);
[[nodiscard]] bool is_being_deleted(const Value& body);
// What an App changes in what its path renders to: spec.images, spec.patches, spec.components, and
// the variables of spec.postBuild. What is wrong in them counts as absent here. Line breaks are
// taken out of values, as Flux does.
[[nodiscard]] Overlay overlay_of(const Value& app);
// Names every field of these that is at fault; of an App that is no more than written in a file.
[[nodiscard]] Result<void> check_rendering(const Value& app);
[[nodiscard]] Substitution substitution_of(const Value& app);
// Whether it takes variables from objects of the cluster, too.
[[nodiscard]] bool takes_variables(const Value& app);
// Where no cluster is asked: what it takes from there has no value, which is no error then.
[[nodiscard]] Substitution known_substitution_of(const Value& app);
// The data of a ConfigMap or Secret as variables, over those that are there. No error tells a
// value.
[[nodiscard]] Result<void> add_variables(const Value& object, VariableSource::Kind kind,
                                         Substitution& to);
// Those that stand in the App win over all others.
void add_variables(const Substitution& own, Substitution& to);
[[nodiscard]] bool is_variable_name(std::string_view name);

}  // namespace plumb
