#include "core/render/kustomize/field_walk.h"

#include <span>

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

class Walk {
 public:
  Walk(const FieldSpec& spec, Create create, const ChangeField& change)
      : create_(spec.create ? create : Create::nothing), change_(change) {}

  // As deep as the path is long, and as lists are nested in the object.
  Result<void> field(Value& at, std::span<const std::string> path) {
    if (path.empty()) return change_(at);
    if (at.is_null()) return {};
    if (at.is_list()) {
      for (Value& item : at.mutable_list()) TRY(field(item, path));
      return {};
    }
    if (!at.is_map()) return Error(kFieldShape, "expected a map or a list");
    return member(at, path);
  }

 private:
  Result<void> member(Value& at, std::span<const std::string> path) {
    std::string name = path.front();
    const bool is_list = name.ends_with("[]");
    if (is_list) name.resize(name.size() - 2);
    if (name.empty()) return Error(kFieldShape, "a part of the path is empty");
    const bool makes = create_ != Create::nothing && !is_list;
    const Value* const found = at.find(name);
    if (found == nullptr && !makes) return {};
    if (found != nullptr && found->is_null() && !makes && !is_list) {
      return path.size() == 1 ? field(*at.mutable_map().find(name), path.subspan(1))
                              : Result<void>();
    }
    if (found == nullptr || found->is_null()) at.set(name, made(path.size() == 1, is_list));
    return field(*at.mutable_map().find(name), path.subspan(1));
  }

  [[nodiscard]] Value made(bool last, bool is_list) const {
    if (is_list) return Value(List());
    if (last && create_ == Create::scalar) return "";
    return Value::map();
  }

  Create create_;
  const ChangeField& change_;
};

std::string_view without_root(std::string_view path) {
  return path.size() > 1 && path.front() == '/' ? path.substr(1) : path;
}

// False where the path surely leads nowhere, as most do for most objects; before it is taken apart,
// and before anything is written, which copies what is shared.
bool can_reach(const Value& at, std::string_view path) {
  if (path.find('\\') != std::string_view::npos) return true;
  const Value* here = &at;
  for (size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    if (!here->is_map()) return true;
    end = path.find('/', begin);
    std::string_view name = path.substr(begin, end == path.npos ? end : end - begin);
    if (name.ends_with("[]")) name.remove_suffix(2);
    here = here->find(name);
    if (here == nullptr) return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> out;
  for (std::string& part : split(without_root(path), '/')) {
    if (!out.empty() && out.back().ends_with('\\')) {
      out.back().back() = '/';
      out.back() += part;
    } else {
      out.push_back(std::move(part));
    }
  }
  return out;
}

Error field_shape(const Resource& resource, std::string_view path, const std::string& what) {
  return Error(kFieldShape, resource.id().display() + ": field \"" +
                                escape_terminal(shorten(path)) + "\": " + what)
      .at({resource.origin.file, resource.origin.line, 0});
}

Result<void> change_fields(Resource& resource, const FieldSpec& spec, Create create,
                           const ChangeField& change) {
  if (!resource.gvk().is_selected(spec.group, spec.version, spec.kind)) return {};
  const bool makes = spec.create && create != Create::nothing;
  if (!makes && !can_reach(resource.value, without_root(spec.path))) return {};
  Result<void> done = Walk(spec, create, change).field(resource.value, split_path(spec.path));
  if (!done && done.error().code() == kFieldShape && !done.error().position()) {
    return field_shape(resource, spec.path, done.error().message());
  }
  return done;
}

}  // namespace plumb::rendering::kustomize
