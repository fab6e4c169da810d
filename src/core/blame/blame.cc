#include "core/blame/blame.h"

#include <algorithm>
#include <queue>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "core/blame/field_source.h"
#include "core/blame/rendered_history.h"
#include "core/diff/field_diff.h"
#include "core/diff/field_path.h"

namespace plumb {
namespace {

// The letters that kustomize writes hashes with (api v0.21.1, hasher), so that they are no words.
constexpr std::string_view kHashLetters = "bcdfghkmt2456789";
constexpr size_t kHashLength = 10;

std::string without_hash(const std::string& name) {
  if (name.size() <= kHashLength + 1 || name[name.size() - kHashLength - 1] != '-') return name;
  const std::string_view hash = std::string_view(name).substr(name.size() - kHashLength);
  if (hash.find_first_not_of(kHashLetters) != std::string_view::npos) return name;
  return name.substr(0, name.size() - kHashLength - 1);
}

bool same_kind(const std::string& kind, const std::string& wanted) {
  return to_lower(kind) == to_lower(wanted);
}

Error not_rendered(const Manifests& manifests, const BlameRequest& request) {
  const ObjectName& object = request.object;
  std::vector<std::string> names;
  for (const Manifest& manifest : manifests.objects) {
    if (same_kind(manifest.key.kind, object.kind)) names.push_back(manifest.key.name);
  }
  Error error(kNotRendered, "\"" + request.source.path.display() + "\" has no " +
                                escape_terminal(object.kind + "/" + object.name) +
                                (object.namespace_.empty()
                                     ? std::string()
                                     : " in namespace " + escape_terminal(object.namespace_)));
  const std::string near = nearest(object.name, names);
  if (!near.empty()) {
    return error.with_help("did you mean " + escape_terminal(object.kind + "/" + near) + "?");
  }
  return error.with_help("plumb render " + request.source.path.display() + " shows what it has");
}

Result<const Manifest*> choose(const Manifests& manifests, const BlameRequest& request) {
  const ObjectName& wanted = request.object;
  std::vector<const Manifest*> exact;
  std::vector<const Manifest*> hashed;
  for (const Manifest& manifest : manifests.objects) {
    const ObjectKey& key = manifest.key;
    const std::string& space = key.namespace_.empty() ? request.target_namespace : key.namespace_;
    // An app's namespace may be unknown here, and kinds without one have none.
    const bool fits = wanted.namespace_.empty() || space.empty() || space == wanted.namespace_ ||
                      key.namespace_.empty();
    if (!fits || !same_kind(key.kind, wanted.kind)) continue;
    if (key.name == wanted.name) exact.push_back(&manifest);
    if (without_hash(key.name) == wanted.name) hashed.push_back(&manifest);
  }
  const auto& found = exact.empty() ? hashed : exact;
  if (found.empty()) return not_rendered(manifests, request);
  if (found.size() == 1) return found.front();
  std::vector<std::string> names;
  for (const Manifest* one : found) names.push_back(one->key.display());
  return Error(kNotRendered, "several objects are " +
                                 escape_terminal(wanted.kind + "/" + wanted.name) + ": " +
                                 escape_terminal(join(names, ", ")))
      .with_help("name one by its namespace (-n) and its whole name");
}

// The object as another commit has it, under its name or, of generated data, another hash.
const Manifest* find_object(const Manifests& manifests, const ObjectKey& key) {
  const Manifest* other_hash = nullptr;
  const std::string stem = without_hash(key.name);
  for (const Manifest& manifest : manifests.objects) {
    if (manifest.key == key) return &manifest;
    const bool alike = stem != key.name && manifest.key.group_kind() == key.group_kind() &&
                       manifest.key.namespace_ == key.namespace_ &&
                       without_hash(manifest.key.name) == stem;
    if (alike) other_hash = &manifest;
  }
  return other_hash;
}

class Walk {
 public:
  explicit Walk(const BlameRequest& request)
      : request_(request), rendered_(request.history, request.source) {}

  Result<Blame> run();

 private:
  // A field that a commit has, or, where that commit does not render, may have.
  struct Held {
    size_t field = 0;
    CommitId commit;  // the oldest one that is known to have it
  };
  struct Open {
    HistoryCommit commit;
    Rendered rendered;
    std::vector<Held> held;
  };
  using State = std::unordered_map<std::string, Value>;  // values by identity

  Result<void> visit(const CommitId& id, Open open);
  // Hands on what a parent had already; what is left is the commit's own.
  Result<bool> pass_on(const CommitId& parent, const Rendered& child, std::vector<Held>& held);
  [[nodiscard]] const State& state_of(const Rendered& rendered);
  void settle(const std::vector<Held>& held, bool boundary);
  Result<void> find_origins();
  Result<CommitChange> change_of(const CommitId& id);

  const BlameRequest& request_;
  RenderedHistory rendered_;
  Rendered tip_;  // keeps what manifest_ points into
  const Manifest* manifest_ = nullptr;
  std::vector<Leaf> fields_;
  std::map<CommitId, Open> open_;
  std::priority_queue<std::pair<WallTime, CommitId>> order_;  // newest first
  std::map<const Manifests*, std::pair<Rendered, State>> states_;
  std::map<CommitId, Rendered> outcomes_;  // of commits that may be blamed
  Blame out_;
};

const Walk::State& Walk::state_of(const Rendered& rendered) {
  const auto [at, is_new] = states_.try_emplace(rendered.get());
  if (!is_new) return at->second.second;
  at->second.first = rendered;
  const Manifest* object = find_object(*rendered, manifest_->key);
  if (object != nullptr) {
    for (Leaf& leaf : leaves_of(object->body)) {
      at->second.second.emplace(std::move(leaf.identity), *leaf.value);
    }
  }
  return at->second.second;
}

Result<bool> Walk::pass_on(const CommitId& parent, const Rendered& child, std::vector<Held>& held) {
  const auto open = open_.find(parent);
  Rendered rendered;
  HistoryCommit commit;
  if (open == open_.end()) {
    std::optional<HistoryCommit> found = TRY(request_.history.commit(parent));
    if (!found) return false;
    commit = *std::move(found);
    rendered = TRY(rendered_.parent(parent, child));
  } else {
    rendered = open->second.rendered;
  }
  std::vector<Held> passed;
  std::vector<Held> kept;
  if (rendered == nullptr) {
    passed.swap(held);
  } else {
    const State& state = state_of(rendered);
    for (Held& one : held) {
      const Leaf& field = fields_[one.field];
      const auto value = state.find(field.identity);
      if (value != state.end() && value->second == *field.value) {
        passed.push_back({one.field, parent});
      } else {
        kept.push_back(std::move(one));
      }
    }
    held = std::move(kept);
  }
  if (passed.empty()) return true;
  if (open == open_.end()) {
    order_.emplace(commit.committed_at, parent);
    open_.emplace(parent, Open{std::move(commit), std::move(rendered), std::move(passed)});
  } else {
    for (Held& one : passed) open->second.held.push_back(std::move(one));
  }
  return true;
}

void Walk::settle(const std::vector<Held>& held, bool boundary) {
  for (const Held& one : held) {
    out_.fields[one.field].commit = one.commit;
    out_.fields[one.field].boundary = boundary;
  }
}

Result<void> Walk::visit(const CommitId& id, Open open) {
  ++out_.walked;
  if (open.rendered != nullptr) {
    outcomes_.insert_or_assign(id, open.rendered);
    out_.commits.insert_or_assign(id, open.commit);
  }
  if (out_.walked >= request_.max_commits) {
    settle(open.held, true);
    return {};
  }
  bool boundary = false;
  for (const CommitId& parent : open.commit.parents) {
    if (open.held.empty()) break;
    const bool known = TRY(pass_on(parent, open.rendered, open.held));
    boundary = boundary || !known;
  }
  settle(open.held, boundary);
  return {};
}

// Against the first parent that is here.
Result<CommitChange> Walk::change_of(const CommitId& id) {
  CommitChange out;
  out.after = TRY(request_.history.tree(id));
  for (const CommitId& parent : out_.commits.at(id).parents) {
    if (!TRY(request_.history.commit(parent))) continue;
    out.before = TRY(request_.history.tree(parent));
    break;
  }
  out.files = TRY(changed_inputs(outcomes_.at(id)->read_set, out.before.get(), *out.after));
  return out;
}

Result<void> Walk::find_origins() {
  const std::shared_ptr<const SourceTree> tip = TRY(request_.history.tree(request_.tip));
  FieldSource source(*manifest_, *tip);
  std::map<CommitId, CommitChange> changes;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const CommitId& commit = out_.fields[i].commit;
    auto change = changes.find(commit);
    if (change == changes.end()) {
      change = changes.emplace(commit, TRY(change_of(commit))).first;
    }
    FieldOrigin origin = TRY(source.find(fields_[i], change->second));
    out_.fields[i].files = std::move(origin.files);
    out_.fields[i].line = origin.line;
  }
  return {};
}

Result<Blame> Walk::run() {
  std::optional<HistoryCommit> commit = TRY(request_.history.commit(request_.tip));
  if (!commit) {
    return Error(kNotRendered, "commit " + request_.tip.str() + " is not in this repository");
  }
  tip_ = TRY(rendered_.tip(request_.tip));
  manifest_ = TRY(choose(*tip_, request_));
  out_.object = manifest_->key;
  fields_ = leaves_of(manifest_->body);
  const Value shown = masked(manifest_->body, "***");
  const std::vector<Leaf> values = leaves_of(shown);
  std::vector<Held> held;
  for (size_t i = 0; i < fields_.size(); ++i) {
    // A mask stands where a value stood; a Secret whose data is no map has one for all of it.
    const bool same = values.size() == fields_.size();
    out_.fields.push_back({.path = fields_[i].path,
                           .identity = fields_[i].identity,
                           .value = same ? *values[i].value : Value("***"),
                           .commit = request_.tip,
                           .files = {}});
    held.push_back({i, request_.tip});
  }
  order_.emplace(commit->committed_at, request_.tip);
  open_.emplace(request_.tip, Open{*std::move(commit), tip_, std::move(held)});
  while (!order_.empty()) {
    const CommitId id = order_.top().second;
    order_.pop();
    auto open = open_.extract(id);
    if (!open.empty()) TRY(visit(id, std::move(open.mapped())));
  }
  TRY(find_origins());
  std::set<CommitId> blamed;
  for (const BlamedField& field : out_.fields) blamed.insert(field.commit);
  std::erase_if(out_.commits, [&](const auto& one) { return !blamed.contains(one.first); });
  out_.rendered = rendered_.renders();
  return std::move(out_);
}

}  // namespace

Result<Blame> blame_object(const BlameRequest& request) {
  return Walk(request).run();
}

}  // namespace plumb
