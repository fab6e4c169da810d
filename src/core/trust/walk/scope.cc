#include "core/trust/walk/scope.h"

#include <set>

#include "base/text.h"
#include "core/trust/walk/rendered.h"
#include "lang/yaml/events.h"
#include "lang/yaml/input.h"
#include "lang/yaml/yaml.h"

namespace plumb::trust {
namespace {

using yaml::Event;

struct Scalar {
  std::vector<std::string> path;
  std::string text;
  Event::Style style = Event::Style::plain;
};

// A file as what must stay the same, and the scalars that may differ.
struct Outline {
  std::vector<std::string> shape;
  std::vector<Scalar> scalars;
};

Error out_of_scope(const std::string& path, const std::string& why) {
  return Error(kOutOfScope, escape_terminal(shorten(path)) + ": " + why, Retry::denied);
}

// Reads events; knows at every moment which field it is in.
class OutlineReader {
 public:
  OutlineReader(const std::string& path, Budget& budget) : path_(path), budget_(budget) {}

  Result<void> take(const Event& event) {
    TRY(budget_.spend_nodes());
    if (event.kind == Event::Kind::alias || !event.anchor.empty() || !event.tag.empty()) {
      return out_of_scope(path_, "it has an anchor, alias or tag in line " +
                                     std::to_string(event.line) + ", where a field is not one");
    }
    switch (event.kind) {
      case Event::Kind::scalar:
        return scalar(event);
      case Event::Kind::map_start:
      case Event::Kind::list_start:
        return open(event);
      case Event::Kind::map_end:
      case Event::Kind::list_end:
        out_.shape.emplace_back(")");
        levels_.pop_back();
        return after_value();
      case Event::Kind::document_start:
        out_.shape.emplace_back("---");
        return {};
      case Event::Kind::alias:
      case Event::Kind::document_end:
      case Event::Kind::end:
        return {};
    }
    return {};
  }
  Outline outline() && { return std::move(out_); }

 private:
  struct Level {
    bool is_map = false;
    bool key_next = true;
    size_t index = 0;
    std::string key = {};
    std::set<std::string> keys = {};
  };

  [[nodiscard]] bool wants_key() const {
    return !levels_.empty() && levels_.back().is_map && levels_.back().key_next;
  }

  Result<void> scalar(const Event& event) {
    if (wants_key()) {
      Level& level = levels_.back();
      level.key = std::string(event.text);
      level.key_next = false;
      if (!level.keys.insert(level.key).second || (level.key == "<<" && event.plain)) {
        return out_of_scope(path_, "the key \"" + escape_terminal(shorten(level.key)) +
                                       "\" in line " + std::to_string(event.line) +
                                       " is there twice, or merges another map");
      }
      out_.shape.push_back("k" + std::to_string(static_cast<int>(event.style)) + level.key);
      return {};
    }
    out_.shape.emplace_back("s");
    out_.scalars.push_back({field(), std::string(event.text), event.style});
    return after_value();
  }

  Result<void> open(const Event& event) {
    if (wants_key()) return out_of_scope(path_, "a key is a list or map");
    TRY(budget_.check_depth(levels_.size() + 1));
    const bool is_map = event.kind == Event::Kind::map_start;
    out_.shape.emplace_back(is_map ? "{" : "[");
    levels_.push_back({.is_map = is_map});
    return {};
  }

  Result<void> after_value() {
    if (levels_.empty()) return {};
    levels_.back().key_next = true;
    if (!levels_.back().is_map) ++levels_.back().index;
    return {};
  }

  [[nodiscard]] std::vector<std::string> field() const {
    std::vector<std::string> out;
    for (const Level& level : levels_) {
      out.push_back(level.is_map ? level.key : std::to_string(level.index));
    }
    return out;
  }

  const std::string& path_;
  Budget& budget_;
  std::vector<Level> levels_;
  Outline out_;
};

Result<Outline> outline_of(std::string_view text, const std::string& path, Budget& budget) {
  // What no parser may take as YAML, and keys that are the same after resolving.
  const Result<std::vector<yaml::Document>> parsed = yaml::parse_all(text, path, budget);
  if (!parsed) return out_of_scope(path, "it is no plain YAML: " + parsed.error().message());
  const yaml::Input input = TRY(yaml::Input::decode(text, path));
  yaml::EventReader events(input.text(), path);
  OutlineReader reader(path, budget);
  for (;;) {
    const Event event = TRY(events.next());
    if (event.kind == Event::Kind::end) return std::move(reader).outline();
    TRY(reader.take(event));
  }
}

}  // namespace

Result<void> check_scope(std::string_view before, std::string_view after, const std::string& path,
                         const std::vector<FieldRule>& rules, Budget& budget) {
  const Outline was = TRY(outline_of(before, path, budget));
  const Outline is = TRY(outline_of(after, path, budget));
  if (was.shape != is.shape) {
    return out_of_scope(path,
                        "more changes than the values of fields: keys, items or documents "
                        "come, go or move");
  }
  // From here on both have the same scalars in the same places.
  for (size_t i = 0; i < is.scalars.size(); ++i) {
    const Scalar& old = was.scalars[i];
    const Scalar& now = is.scalars[i];
    if (old.text == now.text && old.style == now.style) continue;
    const Result<void> allowed = check_change(now.path, old.text, now.text, rules);
    if (!allowed) return out_of_scope(path, "the field" + allowed.error().message());
  }
  return {};
}

}  // namespace plumb::trust
