#include "core/audit/chain.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace plumb::audit {
namespace {

std::string span_of(uint64_t first, uint64_t last) {
  if (first == last) return "record " + std::to_string(first) + " is";
  return "records " + std::to_string(first) + " to " + std::to_string(last) + " are";
}

struct Place {
  const LedgerFile* file = nullptr;
  size_t line = 0;
};

struct Line {
  Place place;
  Result<Record> record;
};

std::vector<Line> lines_of(const LedgerFile& file) {
  std::vector<Line> out;
  std::string_view text = file.text;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    // A last line without its end was cut off while it was written, or by somebody.
    out.push_back({{&file, out.size() + 1}, read_record(text.substr(0, end))});
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

// The records of several files by their numbers; each file keeps its order. What cannot be read has
// no number that is to be believed: it stands where its file has it and no other has a record.
class Merge {
 public:
  explicit Merge(const std::vector<LedgerFile>& files) {
    for (const LedgerFile& file : files) add(lines_of(file));
  }

  std::vector<Line> finish() && {
    while (Cursor* next = choose()) {
      Line& line = next->lines[next->at++];
      last_ = line.record ? std::max(last_, line.record->number) : last_ + 1;
      out_.push_back(std::move(line));
    }
    return std::move(out_);
  }

 private:
  struct Cursor {
    std::vector<Line> lines;
    // For each line the number of the first record from there on, less what cannot be read before
    // it; 0 where there is none.
    std::vector<uint64_t> numbers;
    size_t at = 0;

    [[nodiscard]] bool is_record() const { return lines[at].record.has_value(); }
    [[nodiscard]] uint64_t number() const { return numbers[at]; }
  };

  void add(std::vector<Line> lines) {
    std::vector<uint64_t> numbers(lines.size());
    uint64_t number = 0;
    for (size_t i = lines.size(); i-- > 0;) {
      number = lines[i].record ? lines[i].record->number : number - std::min<uint64_t>(number, 1);
      numbers[i] = number;
    }
    cursors_.push_back({std::move(lines), std::move(numbers), 0});
  }

  Cursor* choose() {
    Cursor* record = nullptr;  // the one with the smallest number
    Cursor* unreadable = nullptr;
    for (Cursor& one : cursors_) {
      if (one.at == one.lines.size()) continue;
      if (one.is_record()) {
        if (record == nullptr || one.number() < record->number()) record = &one;
      } else if (unreadable == nullptr || one.number() == last_ + 1) {
        unreadable = &one;
      }
    }
    if (record == nullptr || unreadable == nullptr) return record ? record : unreadable;
    return record->number() <= last_ + 1 ? record : unreadable;
  }

  std::vector<Cursor> cursors_;
  std::vector<Line> out_;
  uint64_t last_ = 0;
};

class Check {
 public:
  Check(const ChainExpectation& expected, bool several)
      : expected_(expected), several_(several), last_(expected.first - 1) {}

  void take(Line line) {
    at_ = line.place;
    if (!line.record) return altered(line.record.error());
    Record& record = *line.record;
    const uint64_t number = record.number;
    const auto known = by_number_.find(number);
    if (known != by_number_.end()) {
      const bool same = known->second.hash == record.hash;
      if (same && known->second.place.file != at_.file) return;
      return flaw(Flaw::Kind::repeated, number,
                  (same ? " stands in " : " is another one than in ") +
                      text_of(known->second.place) + (same ? " already" : ""));
    }
    by_number_.emplace(number, Known{at_, record.previous, record.hash});
    if (number <= last_) {
      flaw(Flaw::Kind::out_of_order, number, " stands behind record " + std::to_string(last_));
    }
    last_ = std::max(last_, number);
    out_.records.push_back(std::move(record));
  }

  ChainReport finish() && {
    find_missing();
    find_replaced();
    if (!by_number_.empty()) {
      out_.head = {by_number_.rbegin()->first, by_number_.rbegin()->second.hash};
    }
    compare_with_head();
    std::stable_sort(out_.flaws.begin(), out_.flaws.end(),
                     [](const Flaw& a, const Flaw& b) { return a.record < b.record; });
    return std::move(out_);
  }

 private:
  struct Known {
    Place place;
    Digest previous{};
    Digest hash{};
  };

  [[nodiscard]] std::string text_of(const Place& place) const {
    return several_ ? place.file->name + ":" + std::to_string(place.line)
                    : "line " + std::to_string(place.line);
  }
  void add(Flaw::Kind kind, uint64_t number, const Place& place, std::string message) {
    if (out_.flaws.size() == kMostFlaws) return;
    const bool named = several_ && place.file != nullptr;
    out_.flaws.push_back(
        {kind, number, named ? place.file->name : "", place.line, std::move(message)});
  }
  void flaw(Flaw::Kind kind, uint64_t number, const std::string& what) {
    add(kind, number, at_, "record " + std::to_string(number) + what);
  }

  // Its own number is not to be believed: it is the one after what stands before it.
  void altered(const Error& error) {
    const uint64_t number = ++last_;
    unreadable_.emplace(number, at_);
    flaw(Flaw::Kind::altered, number, " was altered: " + error.message());
  }

  void find_missing() {
    uint64_t next = expected_.first;
    const auto gap = [&](uint64_t until) {
      // One that cannot be read was told.
      uint64_t first = next;
      for (const auto& [number, line] : unreadable_) {
        if (number < first || number >= until) continue;
        if (number > first) missing(first, number - 1);
        first = number + 1;
      }
      if (first < until) missing(first, until - 1);
    };
    for (const auto& [number, known] : by_number_) {
      if (number > next) gap(number);
      next = std::max(next, number + 1);
    }
  }

  void missing(uint64_t first, uint64_t last) {
    std::string where;
    const auto before = by_number_.find(first - 1);
    const auto after = by_number_.find(last + 1);
    if (several_ && before != by_number_.end()) where += " after " + text_of(before->second.place);
    if (several_ && after != by_number_.end()) where += " before " + text_of(after->second.place);
    add(Flaw::Kind::missing, first, {}, span_of(first, last) + " missing" + where);
  }

  // A record that was written anew, its hash included: the next one does not follow it.
  void find_replaced() {
    for (const auto& [number, known] : by_number_) {
      if (number == 1 && !known.previous.is_zero()) {
        add(Flaw::Kind::replaced, 1, known.place, "record 1 names a record before it");
      }
      const auto before = by_number_.find(number - 1);
      if (before == by_number_.end() || before->second.hash == known.previous) continue;
      add(Flaw::Kind::replaced, number - 1, before->second.place,
          "record " + std::to_string(number - 1) + " was replaced: record " +
              std::to_string(number) + " follows another one");
    }
  }

  void compare_with_head() {
    if (!expected_.head || expected_.head->number == 0) return;
    const uint64_t number = expected_.head->number;
    const auto found = by_number_.find(number);
    if (found == by_number_.end()) {
      const uint64_t end = std::max(out_.head.number, unreadable_.empty() ? 0 : last_);
      if (number > end) missing(end + 1, number);
      return;
    }
    if (found->second.hash == expected_.head->hash) return;
    add(Flaw::Kind::replaced, number, found->second.place,
        "record " + std::to_string(number) + " was replaced: the head that was kept names another");
  }

  const ChainExpectation& expected_;
  const bool several_;  // files
  ChainReport out_;
  std::map<uint64_t, Known> by_number_;
  std::map<uint64_t, Place> unreadable_;
  uint64_t last_ = 0;
  Place at_;
};

}  // namespace

const char* to_string(Flaw::Kind kind) {
  switch (kind) {
    case Flaw::Kind::altered:
      return "altered";
    case Flaw::Kind::missing:
      return "missing";
    case Flaw::Kind::out_of_order:
      return "out of order";
    case Flaw::Kind::repeated:
      return "repeated";
    case Flaw::Kind::replaced:
      return "replaced";
  }
  return "";
}

ChainReport check_chain(const std::vector<LedgerFile>& files, const ChainExpectation& expected) {
  Check check(expected, files.size() > 1);
  for (Line& line : Merge(files).finish()) check.take(std::move(line));
  return std::move(check).finish();
}

ChainReport check_chain(std::string_view text, const ChainExpectation& expected) {
  return check_chain({{"", text}}, expected);
}

}  // namespace plumb::audit
