// fieldset: the path elements of fieldsV1, in which metadata.managedFields says who owns what:
// f:<field>, k:{<key fields of a list item>}, v:<member of a set>, i:<index> and "." for the part
// itself (Kubernetes: structured-merge-diff v6, fieldpath/serialize.go). Needs no schema. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lang/value/value.h"

namespace plumb::fieldset {

// The part of a value that an element names; nullptr where it is not there.
[[nodiscard]] const Value* part_of(const Value& from, std::string_view element);

// The key fields of an element k:{…}; an empty map for any other element.
[[nodiscard]] Value key_fields(std::string_view element);

// The path of a part, for people: "spec.containers[web].image".
[[nodiscard]] std::string readable(const std::string& path, std::string_view element);

}  // namespace plumb::fieldset
