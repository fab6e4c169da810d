// The composer: events -> values. An explicit stack of open lists and maps; their children wait at
// the top of two shared vectors and move to a vector of the exact size when the container closes.
// Aliases share the anchored value (copying a Value is cheap) but are paid for by the number of
// values a reader of the result will meet.
#include <array>
#include <charconv>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "lang/yaml/diagnose.h"
#include "lang/yaml/events.h"
#include "lang/yaml/folded.h"
#include "lang/yaml/input.h"
#include "lang/yaml/lines.h"
#include "lang/yaml/resolve.h"
#include "lang/yaml/scalar.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {
namespace {

// Of a value with all aliases expanded.
struct Size {
  uint64_t nodes = 1;
  uint64_t height = 0;  // 0 for a scalar
};

struct Anchor {
  bool open = false;  // inside the anchored list or map itself
  Value value = {};
  Size size = {};
  std::optional<Result<std::string>> key = {};  // a scalar's text as a map key
};

struct Frame {
  bool is_map = false;
  bool flow = false;
  int line = 0;
  int column = 0;
  size_t first = 0;        // of its children, in items_ or members_
  size_t first_place = 0;  // of its descendants, in lines_
  uint64_t path = 0;
  uint64_t child_path = 0;  // of the member being read
  Size size = {};
  std::string anchor = {};
  bool expects_key = true;
  bool merging = false;                        // the key just read is <<
  std::optional<Value> merge = {};             // what << names
  std::vector<std::string> before_merge = {};  // keys written above <<
};

std::string with_article(const Value& value) {
  return std::string(value.type() == Value::Type::integer ? "an " : "a ") + to_string(value.type());
}

bool is_block(Event::Style style) {
  return style == Event::Style::literal || style == Event::Style::folded;
}

class Composer {
 public:
  Composer(std::string_view text, const std::string& file, Budget& budget, Dialect dialect)
      : text_(text), file_(file), budget_(budget), dialect_(dialect), events_(text, file) {}

  Result<std::vector<Document>> run();

 private:
  Result<void> take(const Event& event);
  Result<void> take_scalar(const Event& event);
  Result<Value> block_text(const Event& event, const Value& value) const;
  Result<void> take_alias(const Event& event);
  Result<void> take_key(Result<std::string> key, const Event& event);
  Result<void> begin_merge(const Event& event);
  Result<void> open(const Event& event);
  Result<void> close();
  Result<Value> close_list(const Frame& frame);
  Result<Value> close_map(const Frame& frame);
  Result<void> apply_merge(Map& map, const Frame& frame) const;
  void deposit(Value value, Size size);
  Result<void> finish_document(const Event& event);

  bool at_key() const {
    return !frames_.empty() && frames_.back().is_map && frames_.back().expects_key;
  }
  void note_item(const Event& event);
  void note_spelling(const Event& event, const Value& value);
  Error duplicate_key(const Map& map, const Frame& frame) const;
  Error error_at(const Event& event, ErrorCode code, std::string message) const {
    return Error(code, std::move(message)).at({file_, event.line, event.column});
  }
  // Adds the place to an error that has none.
  template <class T>
  Result<T> at(const Event& event, Result<T> result) const {
    if (result.has_value()) return result;
    return result.error().at({file_, event.line, event.column});
  }

  std::string_view text_;
  const std::string& file_;
  Budget& budget_;
  Dialect dialect_;
  EventReader events_;

  std::vector<Document> documents_;
  std::vector<Frame> frames_;
  std::vector<Value> items_;
  std::vector<Member> members_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::shared_ptr<Document::Lines> lines_;
  Value root_;
  int root_line_ = 0;
};

Result<std::vector<Document>> Composer::run() {
  while (true) {
    const Event event = TRY(events_.next());
    if (event.kind == Event::Kind::end) return std::move(documents_);
    TRY(take(event));
  }
}

Result<void> Composer::take(const Event& event) {
  switch (event.kind) {
    case Event::Kind::document_start:
      lines_ = std::make_shared<Document::Lines>();
      root_line_ = 0;
      return {};
    case Event::Kind::document_end:
      return finish_document(event);
    case Event::Kind::alias:
      return take_alias(event);
    case Event::Kind::scalar:
      return take_scalar(event);
    case Event::Kind::list_start:
    case Event::Kind::map_start:
      return open(event);
    case Event::Kind::list_end:
    case Event::Kind::map_end:
      return close();
    case Event::Kind::end:
      return {};
  }
  return {};
}

Result<void> Composer::finish_document(const Event& event) {
  documents_.push_back({std::move(root_), root_line_, std::move(lines_)});
  anchors_.clear();
  return at(event, budget_.spend_nodes());
}

// Notes where an item of a list or the root stands; members are noted by their key.
void Composer::note_item(const Event& event) {
  if (root_line_ == 0) root_line_ = event.line;
  if (frames_.empty() || frames_.back().is_map) return;
  Frame& frame = frames_.back();
  std::array<char, 20> index{};
  const auto end =
      std::to_chars(index.data(), index.data() + index.size(), items_.size() - frame.first);
  frame.child_path =
      path_of_child(frame.path, {index.data(), static_cast<size_t>(end.ptr - index.data())});
  lines_->add(frame.child_path, event.line);
}

// What a plain scalar that is no text looks like, where that does not follow from its value.
void Composer::note_spelling(const Event& event, const Value& value) {
  if (!event.plain || frames_.empty()) return;
  const bool* flag = value.as_bool();
  if (flag != nullptr && event.text == (*flag ? "true" : "false")) return;
  const int64_t* integer = value.as_integer();
  if (integer != nullptr && event.text == std::to_string(*integer)) return;
  if (value.is_string() && *value.as_string() == event.text) return;
  lines_->spellings.emplace(frames_.back().child_path, event.text);
}

// kustomize writes every object and reads it again, which not every block text survives as it is.
Result<Value> Composer::block_text(const Event& event, const Value& value) const {
  const std::string text(*value.as_string());
  if (text.starts_with('\t') && fits_block(text)) {
    return error_at(event, kUnrepresentable,
                    "kustomize cannot hold a block text that begins with a tab")
        .with_help("put it in double quotes, with \\t for the tab");
  }
  const bool folded = dialect_ == Dialect::kustomize && event.style == Event::Style::folded;
  return folded ? Value::folded(text) : value;
}

Result<void> Composer::take_scalar(const Event& event) {
  const Scalar scalar{event.text, event.tag, event.plain};
  if (at_key()) {
    if (scalar.is_merge_key()) return begin_merge(event);
    Result<std::string> key = scalar_key(scalar, dialect_);
    if (!event.anchor.empty()) {
      anchors_[std::string(event.anchor)] =
          Anchor{.value = TRY(at(event, scalar_value(scalar, dialect_))), .key = key};
    }
    return take_key(std::move(key), event);
  }
  Value value = TRY(at(event, scalar_value(scalar, dialect_)));
  const bool kustomize = dialect_ == Dialect::kustomize;
  if (kustomize && is_block(event.style) && value.is_string()) {
    value = TRY(block_text(event, value));
  }
  note_item(event);
  if (kustomize) note_spelling(event, value);
  if (!event.anchor.empty()) {
    anchors_[std::string(event.anchor)] =
        Anchor{.value = value, .key = scalar_key(scalar, dialect_)};
  }
  deposit(std::move(value), Size{});
  return {};
}

Result<void> Composer::take_alias(const Event& event) {
  const auto found = anchors_.find(std::string(event.anchor));
  const std::string name = escape_terminal(shorten(event.anchor));
  if (found == anchors_.end()) {
    return error_at(
               event, kUndefinedAlias,
               "alias \"*" + name + "\" has no anchor \"&" + name + "\" above it in this document")
        .with_help("quote the text if \"*\" is meant as text");
  }
  const Anchor& anchor = found->second;
  if (anchor.open) {
    return error_at(event, kUndefinedAlias,
                    "alias \"*" + name + "\" stands inside the value it names");
  }
  if (at_key()) {
    if (anchor.key) return take_key(*anchor.key, event);
    return error_at(event, kBadKey, with_article(anchor.value) + " cannot be a key");
  }
  TRY(at(event, budget_.spend_alias_nodes(anchor.size.nodes)));
  TRY(at(event, budget_.check_depth(frames_.size() + anchor.size.height)));
  if (!frames_.empty() && frames_.back().merging && !anchor.value.is_map()) {
    return error_at(event, kSyntax,
                    "\"<<\" needs a map or a list of maps, but alias \"*" + name + "\" is a " +
                        to_string(anchor.value.type()));
  }
  note_item(event);
  deposit(anchor.value, anchor.size);
  return {};
}

Result<void> Composer::take_key(Result<std::string> key, const Event& event) {
  if (!key.has_value()) return at(event, Result<void>(key.error()));
  Frame& frame = frames_.back();
  frame.expects_key = false;
  frame.child_path = path_of_child(frame.path, *key);
  lines_->add(frame.child_path, event.line);
  members_.push_back(Member{*std::move(key), Value()});
  return {};
}

Result<void> Composer::begin_merge(const Event& event) {
  Frame& frame = frames_.back();
  if (frame.merge) {
    return error_at(event, kDuplicateKey, "key \"<<\" is given twice in one map")
        .with_help("name all maps in one list: \"<<: [*a, *b]\"");
  }
  frame.expects_key = false;
  frame.merging = true;
  frame.child_path = path_of_child(frame.path, "<<");
  for (size_t i = frame.first; i < members_.size(); ++i) {
    frame.before_merge.push_back(members_[i].key);
  }
  return {};
}

Result<void> Composer::open(const Event& event) {
  const bool is_map = event.kind == Event::Kind::map_start;
  if (at_key()) {
    if (auto accident = find_accident(text_, file_, {event.line})) return *accident;
    return error_at(
               event, kBadKey,
               std::string("a ") + (is_map ? "map" : "list") + " cannot be a key; keys are text")
        .with_help("quote the key if brackets or braces are meant as text");
  }
  const std::string_view core = is_map ? "tag:yaml.org,2002:map" : "tag:yaml.org,2002:seq";
  if (!event.tag.empty() && event.tag != "!" && event.tag != core) {
    return unsupported_tag(event.tag).at({file_, event.line, event.column});
  }
  note_item(event);
  const uint64_t path = frames_.empty() ? kRootPath : frames_.back().child_path;
  frames_.push_back({.is_map = is_map,
                     .flow = event.flow,
                     .line = event.line,
                     .column = event.column,
                     .first = is_map ? members_.size() : items_.size(),
                     .first_place = lines_->paths.size(),
                     .path = path,
                     .anchor = std::string(event.anchor)});
  if (!event.anchor.empty()) anchors_[std::string(event.anchor)] = Anchor{.open = true};
  return at(event, budget_.check_depth(frames_.size()));
}

Result<void> Composer::close() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Value value = frame.is_map ? TRY(close_map(frame)) : TRY(close_list(frame));
  ++frame.size.height;
  if (!frame.anchor.empty()) {
    Anchor& anchor = anchors_[frame.anchor];
    // Another anchor of the same name may have been set inside; the outer one was declared before
    // it.
    if (anchor.open) anchor = Anchor{.value = value, .size = frame.size};
  }
  deposit(std::move(value), frame.size);
  return {};
}

Result<Value> Composer::close_list(const Frame& frame) {
  const auto first = items_.begin() + static_cast<ptrdiff_t>(frame.first);
  List list(std::make_move_iterator(first), std::make_move_iterator(items_.end()));
  items_.erase(first, items_.end());
  TRY(budget_.spend_nodes(list.size()));
  return Value(std::move(list));
}

Result<Value> Composer::close_map(const Frame& frame) {
  const auto first = members_.begin() + static_cast<ptrdiff_t>(frame.first);
  std::vector<Member> members(std::make_move_iterator(first),
                              std::make_move_iterator(members_.end()));
  members_.erase(first, members_.end());
  const size_t written = members.size();
  TRY(budget_.spend_nodes(written));
  Map map(std::move(members));
  if (map.size() != written && dialect_ != Dialect::kustomization) {
    return duplicate_key(map, frame);
  }
  if (frame.merge) TRY(apply_merge(map, frame));
  return Value(std::move(map));
}

// Keys of the map itself win over merged ones, of several merged maps the first wins. A key above
// "<<" is refused if it is merged too: readers of YAML do not agree which of the two holds
// (kubectl: the merged, Kustomize: the other).
Result<void> Composer::apply_merge(Map& map, const Frame& frame) const {
  const Position place{file_, lines_->find(path_of_child(frame.path, "<<"), frame.line), 0};
  const List single{*frame.merge};
  const List* const listed = frame.merge->as_list();
  for (const Value& source : listed != nullptr ? *listed : single) {
    if (!source.is_map()) {
      return Error(kSyntax, "\"<<\" needs a map or a list of maps, found " + with_article(source))
          .at(place);
    }
    for (const Member& member : *source.as_map()) {
      if (!map.contains(member.key)) {
        map.set(member.key, member.value);
        continue;
      }
      if (dialect_ != Dialect::kubectl) continue;
      for (const std::string& key : frame.before_merge) {
        if (key != member.key) continue;
        return Error(kDuplicateKey, "key \"" + escape_terminal(shorten(key)) +
                                        "\" stands above \"<<\", which sets it too")
            .at(place)
            .with_help("put \"<<\" before the keys that override it");
      }
    }
  }
  return {};
}

void Composer::deposit(Value value, Size size) {
  if (frames_.empty()) {
    root_ = std::move(value);
    return;
  }
  Frame& frame = frames_.back();
  frame.size.nodes += size.nodes;
  frame.size.height = std::max(frame.size.height, size.height);
  if (!frame.is_map) {
    items_.push_back(std::move(value));
    return;
  }
  frame.expects_key = true;
  if (frame.merging) {
    frame.merging = false;
    frame.merge = std::move(value);
  } else {
    members_.back().value = std::move(value);
  }
}

// The places of all keys were noted under the hash of their path: the first hash of a key of this
// map that comes again is the second use.
Error Composer::duplicate_key(const Map& map, const Frame& frame) const {
  std::unordered_map<uint64_t, const std::string*> keys;
  for (const Member& member : map) keys[path_of_child(frame.path, member.key)] = &member.key;
  std::unordered_map<uint64_t, uint32_t> seen;
  for (size_t i = frame.first_place; i < lines_->paths.size(); ++i) {
    const auto key = keys.find(lines_->paths[i]);
    if (key == keys.end()) continue;
    const auto [earlier, added] = seen.emplace(key->first, lines_->lines[i]);
    if (added) continue;
    return Error(kDuplicateKey, "key \"" + escape_terminal(shorten(*key->second)) +
                                    "\" is given twice; the first is on line " +
                                    std::to_string(earlier->second))
        .at({file_, static_cast<int>(lines_->lines[i]), frame.flow ? 0 : frame.column})
        .with_help("remove one of the two lines");
  }
  return Error(kDuplicateKey, "a key is given twice in one map").at({file_, frame.line, 0});
}

}  // namespace

Result<std::vector<Document>> parse_all(std::string_view bytes, const std::string& file,
                                        Budget& budget, Dialect dialect) {
  if (auto fits = budget.check_file_bytes(bytes.size()); !fits.has_value()) {
    return fits.error().at({file});
  }
  const Input input = TRY(Input::decode(bytes, file));
  std::vector<Document> documents = TRY(Composer(input.text(), file, budget, dialect).run());
  std::erase_if(documents, [](const Document& document) { return document.value.is_null(); });
  return documents;
}

Result<Value> parse(std::string_view bytes, const std::string& file, Budget& budget,
                    Dialect dialect) {
  std::vector<Document> documents = TRY(parse_all(bytes, file, budget, dialect));
  if (documents.empty()) return Value();
  if (documents.size() > 1) {
    return Error(kSyntax, "expected one document, found " + std::to_string(documents.size()))
        .at({file, documents[1].line, 0})
        .with_help("put each document into a file of its own");
  }
  return std::move(documents.front().value);
}

}  // namespace plumb::yaml
