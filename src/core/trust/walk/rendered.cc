#include "core/trust/walk/rendered.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "lang/json/json.h"
#include "lang/semver/semver.h"

namespace plumb::trust {
namespace {

constexpr size_t kMostFolders = 100'000;

Error out_of_scope(const std::string& why) {
  return Error(kOutOfScope, why, Retry::denied);
}

// The folders of a tree that are apps.
Result<std::set<RelPath>> apps_in(Objects& objects, const ObjectId& root,
                                  const std::vector<PathGlob>& globs) {
  std::set<RelPath> out;
  std::vector<std::pair<RelPath, ObjectId>> todo{{RelPath(), root}};
  size_t seen = 0;
  while (!todo.empty()) {
    const auto [path, id] = std::move(todo.back());
    todo.pop_back();
    if (++seen > kMostFolders) return out_of_scope("there are more than 100,000 folders");
    const std::shared_ptr<const Tree> tree = TRY(objects.tree(id));
    for (const TreeItem& item : *tree) {
      if (item.mode != kTreeMode) continue;
      RelPath below = path.child(item.name);
      const bool is_app = std::any_of(globs.begin(), globs.end(), [&](const PathGlob& glob) {
        return glob.matches(below.str());
      });
      if (is_app) out.insert(below);
      todo.emplace_back(std::move(below), item.id);
    }
  }
  return out;
}

std::string shown(const RelPath& app) {
  return "\"" + escape_terminal(app.display()) + "\"";
}

// A directory that was noted with its content speaks for all below it.
bool reads(const ReadSet& set, const RelPath& file) {
  if (set.paths.contains(file)) return true;
  for (RelPath above = file; !above.is_root();) {
    above = above.parent();
    const auto at = set.paths.find(above);
    if (at != set.paths.end() && at->second && !at->second->id.empty()) return true;
  }
  return false;
}

std::string text_of(const Value& value) {
  return value.is_string() ? *value.as_string() : json::write(value);
}

struct Pair {
  std::vector<std::string> field;
  const Value* was = nullptr;
  const Value* is = nullptr;
};

// The members of both sides under one name each; lists by index.
void open_pair(const Pair& pair, std::vector<Pair>& todo) {
  const auto below = [&](const std::string& name, const Value* was, const Value* is) {
    Pair out{pair.field, was, is};
    out.field.push_back(name);
    todo.push_back(std::move(out));
  };
  if (pair.was->is_map()) {
    for (const Member& one : *pair.was->as_map()) {
      below(one.key, &one.value, pair.is->find(one.key));
    }
    for (const Member& one : *pair.is->as_map()) {
      if (pair.was->find(one.key) == nullptr) below(one.key, nullptr, &one.value);
    }
    return;
  }
  const List& was = *pair.was->as_list();
  const List& is = *pair.is->as_list();
  for (size_t i = 0; i < std::max(was.size(), is.size()); ++i) {
    below(std::to_string(i), i < was.size() ? &was[i] : nullptr, i < is.size() ? &is[i] : nullptr);
  }
}

Result<void> compare(const Value& before, const Value& after, const std::vector<FieldRule>& rules) {
  std::vector<Pair> todo{{{}, &before, &after}};
  while (!todo.empty()) {
    const Pair pair = std::move(todo.back());
    todo.pop_back();
    if (pair.was != nullptr && pair.is != nullptr) {
      if (*pair.was == *pair.is) continue;
      const bool same_shape = pair.was->type() == pair.is->type();
      if (same_shape && (pair.was->is_map() || pair.was->is_list())) {
        open_pair(pair, todo);
        continue;
      }
      if (same_shape) {
        TRY(check_change(pair.field, text_of(*pair.was), text_of(*pair.is), rules));
        continue;
      }
    }
    TRY(check_change(pair.field, {}, {}, rules));
  }
  return {};
}

Result<void> check_app(const Manifests& before, const Manifests& after,
                       const std::vector<FieldRule>& rules) {
  std::map<ObjectKey, const Manifest*> was;
  for (const Manifest& one : before.objects) was[one.key] = &one;
  for (const Manifest& one : after.objects) {
    const auto at = was.find(one.key);
    if (at == was.end()) return out_of_scope(escape_terminal(one.key.display()) + ": it comes");
    const Result<void> same = compare(at->second->body, one.body, rules);
    if (!same)
      return out_of_scope(escape_terminal(one.key.display()) + ":" + same.error().message());
    was.erase(at);
  }
  if (!was.empty()) {
    return out_of_scope(escape_terminal(was.begin()->first.display()) + ": it goes");
  }
  return {};
}

Result<void> check_app(const std::vector<Rendered>& before, const std::vector<Rendered>& after,
                       const std::vector<FieldRule>& rules) {
  if (before.size() != after.size()) return out_of_scope("set of Apps");
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].digest == after[i].digest) continue;
    const Manifests was = TRY(before[i].open());
    const Manifests is = TRY(after[i].open());
    TRY(check_app(was, is, rules));
  }
  return {};
}

bool reads(const std::vector<Rendered>& renders, const RelPath& file) {
  return std::any_of(renders.begin(), renders.end(),
                     [&file](const Rendered& one) { return reads(one.read_set, file); });
}

std::string text_of(const std::vector<FieldRule>& rules) {
  List out;
  for (const FieldRule& rule : rules) {
    out.push_back(Value::map({{"at", rule.at.text()},
                              {"value", rule.value ? Value(rule.value->text()) : Value()},
                              {"monotonic", rule.monotonic_semver}}));
  }
  return json::write(Value(std::move(out)));
}

Result<bool> holds(const std::vector<Rendered>& renders, const SourceTree& tree) {
  for (const Rendered& one : renders) {
    if (!TRY(plumb::holds(one.read_set, tree))) return false;
  }
  return true;
}

}  // namespace

Result<void> check_change(const std::vector<std::string>& field,
                          const std::optional<std::string>& was,
                          const std::optional<std::string>& is,
                          const std::vector<FieldRule>& rules) {
  const std::string name = " " + escape_terminal(shorten(json::to_pointer(field)));
  if (!was || !is) return out_of_scope(name + " comes, goes or changes its type");
  // An App may replace variables in what is rendered, by texts that can be more than a value:
  // fields of their own. What stands for one, or says that none is replaced, cannot be judged.
  if (is->find("${") != std::string::npos) {
    return out_of_scope(name + " becomes a text with a variable of the App, \"${…}\"");
  }
  if (!field.empty() && field.back() == "kustomize.toolkit.fluxcd.io/substitute") {
    return out_of_scope(name + " changes, which says whether variables are replaced");
  }
  bool allowed = false;
  for (const FieldRule& rule : rules) {
    if (!rule.at.matches(field)) continue;
    allowed = true;
    const std::string value = "\"" + escape_terminal(shorten(*is)) + "\"";
    if (rule.value && !rule.value->matches(*is)) {
      return out_of_scope(name + " becomes " + value + ", which is not like " +
                          escape_terminal(rule.value->text()));
    }
    if (!rule.monotonic_semver) continue;
    const Result<semver::Version> from = semver::Version::parse(*was);
    const Result<semver::Version> to = semver::Version::parse(*is);
    if (!from || !to) return out_of_scope(name + " is no semantic version before and after");
    if (*to < *from) {
      return out_of_scope(name + " goes back from \"" + escape_terminal(shorten(*was)) + "\" to " +
                          value);
    }
  }
  return allowed ? Result<void>() : out_of_scope(name + " changes");
}

Result<RenderedScope::Render> RenderedScope::render(const ObjectTree& tree, const RelPath& app) {
  Render& last = renders_[app];
  if (last && TRY(holds(*last, tree))) return last;
  last = std::make_shared<const std::vector<Rendered>>(TRY(request_.render(tree, app)));
  return last;
}

Result<std::vector<RenderedScope::Touched>> RenderedScope::touched_by(const ObjectId& before,
                                                                      const ObjectId& after) {
  std::set<RelPath> apps = TRY(apps_in(objects_, before, request_.policy.apps));
  apps.merge(TRY(apps_in(objects_, after, request_.policy.apps)));
  const ObjectTree was(objects_, before);
  const ObjectTree is(objects_, after);
  std::vector<Touched> out;
  for (const RelPath& app : apps) {
    const auto tell = [&](const char* what, const Error& error) {
      if (error.retry() == Retry::transient) return error;
      return out_of_scope(shown(app) + what + error.summary());
    };
    const Result<Render> old = render(was, app);
    if (!old) return tell(" did not render before: ", old.error());
    const Result<Render> now = render(is, app);
    if (!now) return tell(" does not render: ", now.error());
    if (*old != *now) out.push_back({app, *old, *now});
  }
  return out;
}

Result<void> RenderedScope::compare_touched(const std::vector<Touched>& touched,
                                            const std::vector<FieldRule>& rules) {
  for (const Touched& one : touched) {
    const Result<void> same = check_app(*one.was, *one.is, rules);
    if (same) continue;
    if (same.error().retry() == Retry::transient) return same.error();
    return out_of_scope(shown(one.app) + " renders to another " + same.error().message());
  }
  return {};
}

Result<void> RenderedScope::check(const ObjectId& before, const ObjectId& after,
                                  const std::string& path, const std::vector<FieldRule>& rules) {
  if (!request_.render) return out_of_scope("what the change renders to cannot be told here");
  if (!touched_ || change_ != std::pair(before, after)) {
    change_ = {before, after};
    touched_ = touched_by(before, after);
    compared_.clear();
  }
  if (!*touched_) return touched_->error();
  // One commit has many paths, and the same rules for most of them.
  const auto [compared, is_new] = compared_.try_emplace(text_of(rules), Result<void>());
  if (is_new) compared->second = compare_touched(**touched_, rules);
  TRY(Result<void>(compared->second));
  const RelPath file = TRY(RelPath::parse(path));
  for (const Touched& one : **touched_) {
    if (reads(*one.was, file) || reads(*one.is, file)) return {};
  }
  return out_of_scope("no folder of spec.apps reads it, so that what it does is not known");
}

}  // namespace plumb::trust
