#include "core/render/kustomize/references.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "core/render/kustomize/field_walk.h"

namespace plumb::rendering::kustomize {
namespace {

// An object, with what is asked of it over and over. Names do not change while references are
// fixed.
struct Known {
  Resource* resource;
  ResourceId id;
  ResourceId original;
  std::vector<ResourceId> previous;
};

bool same_ending(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto& longer = a.size() > b.size() ? a : b;
  const auto& shorter = a.size() > b.size() ? b : a;
  if (shorter.empty()) return longer.empty();
  return std::equal(shorter.rbegin(), shorter.rend(), longer.rbegin());
}

bool same_affixes(const Resource& a, const Resource& b, bool empty_fits_all) {
  const auto fits = [&](const std::vector<std::string>& x, const std::vector<std::string>& y) {
    return (empty_fits_all && (x.empty() || y.empty())) || same_ending(x, y);
  };
  return fits(a.prefixes, b.prefixes) && fits(a.suffixes, b.suffixes);
}

bool was_selected(const Known& known, const Gvk& by) {
  return std::any_of(known.previous.begin(), known.previous.end(), [&](const ResourceId& id) {
    return id.gvk.is_selected(by.group, by.version, by.kind);
  });
}

using Candidates = std::vector<const Known*>;

template <class Keep>
void sieve(Candidates& candidates, const Keep& keep) {
  std::erase_if(candidates, [&](const Known* known) { return !keep(*known); });
}

class References {
 public:
  References(Resources& resources, Budget& budget) : budget_(budget) {
    known_.reserve(resources.size());
    for (Resource& resource : resources) {
      known_.push_back({&resource, resource.id(), resource.original_id(), resource.previous_ids()});
    }
    for (const Known& known : known_) {
      std::set<std::string> names;
      for (const ResourceId& id : known.previous) names.insert(id.name);
      for (const std::string& name : names) by_old_name_[name].push_back(&known);
    }
  }

  Result<void> fix(const std::vector<BackReferences>& references) {
    for (Known& known : known_) {
      referrer_ = &known;
      TRY(read_bound_namespaces());
      for (const BackReferences& reference : references) {
        target_ = {.group = std::string(reference.target.group),
                   .version = std::string(reference.target.version),
                   .kind = std::string(reference.target.kind)};
        for (const FieldSpec& spec : reference.fields) TRY(fix_field(spec));
      }
    }
    return {};
  }

 private:
  Result<void> fix_field(const FieldSpec& spec) {
    const Gvk& gvk = referrer_->original.gvk;
    if (!gvk.is_selected(spec.group, spec.version, spec.kind)) return {};
    TRY(budget_.spend_steps());
    is_role_ref_ = spec.path.ends_with("roleRef/name");
    FieldSpec field = spec;  // the kind was judged by what the object was at first
    field.group = field.version = field.kind = "";
    return change_fields(*referrer_->resource, field, Create::nothing,
                         [&](Value& value) { return set(value); });
  }

  // A RoleBinding names service accounts of other namespaces.
  Result<void> read_bound_namespaces() {
    bound_namespaces_.clear();
    const Resource& resource = *referrer_->resource;
    if (referrer_->id.gvk.kind != "RoleBinding" || referrer_->id.gvk.is_cluster_scoped()) return {};
    const Value* const subjects = resource.value.find("subjects");
    if (subjects == nullptr || !subjects->is_list()) return {};
    for (const Value& subject : *subjects->as_list()) {
      if (!subject.is_map()) return field_shape(resource, "subjects", "expected maps");
      const Value* const name_space = subject.find("namespace");
      const Value* const kind = subject.find("kind");
      if (name_space == nullptr || kind == nullptr) continue;
      if (!kind->is_string()) return field_shape(resource, "subjects/kind", "expected a text");
      if (*kind->as_string() != "ServiceAccount") continue;
      if (!name_space->is_string()) {
        return field_shape(resource, "subjects/namespace", "expected a text");
      }
      bound_namespaces_.insert(*name_space->as_string());
    }
    return {};
  }

  [[nodiscard]] bool can_be_referenced(const Known& known) const {
    const ResourceId& from = referrer_->id;
    if (from.gvk.is_cluster_scoped() || known.id.gvk.is_cluster_scoped()) return true;
    return known.id.effective_namespace() == from.effective_namespace() ||
           bound_namespaces_.count(known.id.name_space) > 0;
  }

  Result<void> set(Value& field) {
    if (field.is_null()) return {};
    if (field.is_map()) return set_map(field);
    if (!field.is_list()) return set_scalar(field);
    if (!may_change_items(field)) return {};
    for (Value& item : field.mutable_list()) {
      if (item.is_null()) continue;
      if (item.is_list()) return Error(kFieldShape, "expected texts or maps");
      TRY(item.is_map() ? set_map(item) : set_scalar(item));
    }
    return {};
  }

  // Asks before it writes: writing copies what is shared.
  [[nodiscard]] bool may_change_items(const Value& list) const {
    return std::any_of(list.as_list()->begin(), list.as_list()->end(), [&](const Value& item) {
      if (item.is_list()) return true;
      const Value* const name = item.is_map() ? item.find("name") : &item;
      return name == nullptr || by_old_name_.count(scalar_text(*name)) > 0;
    });
  }

  Result<void> set_scalar(Value& field) {
    const std::string old_name = scalar_text(field);
    Candidates candidates = with_old_name(old_name);
    const Known* const found = TRY(choose(std::move(candidates), false));
    if (found != nullptr && found->id.name != old_name) field = Value(found->id.name);
    return {};
  }

  Result<void> set_map(Value& field) {
    const Value* const name = field.find("name");
    if (name == nullptr) return Error(kFieldShape, "expected a field \"name\" here");
    const std::string old_name = scalar_text(*name);
    Candidates candidates = with_old_name(old_name);
    if (const Value* const name_space = field.find("namespace")) {
      keep_namespace(candidates, scalar_text(*name_space));
    }
    const Known* const found = TRY(choose(std::move(candidates), true));
    if (found == nullptr) return {};
    if (found->id.name == old_name && found->id.name_space.empty()) return {};
    field.set("name", found->id.name);
    if (!found->id.name_space.empty()) field.set("namespace", found->id.name_space);
    return {};
  }

  [[nodiscard]] Candidates with_old_name(const std::string& name) const {
    const auto found = by_old_name_.find(name);
    if (found == by_old_name_.end()) return {};
    Candidates out = found->second;
    sieve(out, [&](const Known& known) { return can_be_referenced(known); });
    return out;
  }

  // The original asks whether any object at all was, or is, in the namespace.
  void keep_namespace(Candidates& candidates, const std::string& name_space) const {
    const auto was_there = [&](const Known& known) {
      return !is_nowhere(known.original) && known.original.effective_namespace() == name_space;
    };
    const bool any = std::any_of(known_.begin(), known_.end(), [&](const Known& known) {
      return was_there(known) && can_be_referenced(known);
    });
    sieve(candidates, [&](const Known& known) {
      if (any) return was_there(known);
      return !is_nowhere(known.id) && known.id.effective_namespace() == name_space;
    });
  }

  [[nodiscard]] static bool is_nowhere(const ResourceId& id) {
    return id.effective_namespace() == "_non_namespaceable_";
  }

  void keep_role(Candidates& candidates) const {
    if (!is_role_ref_) return;
    const Value* const role = referrer_->resource->value.find("roleRef");
    if (role == nullptr || !role->is_map()) return;
    const Value* const group = role->find("apiGroup");
    const Value* const kind = role->find("kind");
    if (group == nullptr || kind == nullptr || group->is_null() || kind->is_null()) return;
    const Gvk gvk{.group = scalar_text(*group), .kind = scalar_text(*kind)};
    sieve(candidates, [&](const Known& known) { return was_selected(known, gvk); });
  }

  [[nodiscard]] bool is_near(const Known& known) const {
    if (referrer_->id.gvk.is_cluster_scoped() || known.id.gvk.is_cluster_scoped()) return true;
    if (known.id.gvk.kind == "ServiceAccount") return true;
    return known.id.effective_namespace() == referrer_->id.effective_namespace();
  }

  Result<const Known*> choose(Candidates candidates, bool by_namespace) const {
    sieve(candidates, [&](const Known& known) { return was_selected(known, target_); });
    keep_role(candidates);
    sieve(candidates, [&](const Known& known) { return is_near(known); });
    if (candidates.size() == 1) return candidates.front();
    const Resource& from = *referrer_->resource;
    for (const bool empty_fits_all : {true, false}) {
      if (!empty_fits_all && candidates.size() < 2) break;
      sieve(candidates, [&](const Known& known) {
        return same_affixes(*known.resource, from, empty_fits_all);
      });
    }
    if (candidates.empty()) return static_cast<const Known*>(nullptr);
    const Known& first = *candidates.front();
    const bool same = std::all_of(candidates.begin(), candidates.end(), [&](const Known* known) {
      return known->id.name == first.id.name &&
             (!by_namespace || known->id.name_space == first.id.name_space);
    });
    if (same) return &first;
    return Error(kAmbiguousReference, referrer_->id.display() + " names an object that can be " +
                                          first.id.display() + " or " + candidates[1]->id.display())
        .at(from.origin.position())
        .with_help("give the two different names before they are renamed");
  }

  Budget& budget_;
  std::vector<Known> known_;
  std::unordered_map<std::string, Candidates> by_old_name_;

  // Of the reference that is being fixed.
  Known* referrer_ = nullptr;
  Gvk target_;
  bool is_role_ref_ = false;
  std::set<std::string> bound_namespaces_;
};

}  // namespace

Result<void> fix_references(Resources& resources, const std::vector<BackReferences>& references,
                            Budget& budget) {
  return References(resources, budget).fix(references);
}

}  // namespace plumb::rendering::kustomize
