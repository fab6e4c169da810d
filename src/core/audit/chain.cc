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

class Check {
 public:
  explicit Check(const ChainExpectation& expected) : expected_(expected) {
    last_ = expected.first - 1;
  }

  void take(std::string_view line) {
    ++line_;
    Result<Record> record = read_record(line);
    if (!record) return altered(record.error());
    const uint64_t number = record->number;
    const auto known = by_number_.find(number);
    if (known != by_number_.end()) {
      return flaw(Flaw::Kind::repeated, number,
                  known->second.hash == record->hash
                      ? " stands in line " + std::to_string(known->second.line) + " already"
                      : " is another one than in line " + std::to_string(known->second.line));
    }
    by_number_.emplace(number, Place{line_, record->previous, record->hash});
    if (number <= last_) {
      flaw(Flaw::Kind::out_of_order, number, " stands behind record " + std::to_string(last_));
    }
    last_ = std::max(last_, number);
    out_.records.push_back(*std::move(record));
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
  struct Place {
    size_t line = 0;
    Digest previous{};
    Digest hash{};
  };

  void add(Flaw flaw) {
    if (out_.flaws.size() < kMostFlaws) out_.flaws.push_back(std::move(flaw));
  }
  void flaw(Flaw::Kind kind, uint64_t number, const std::string& what) {
    add({kind, number, line_, "record " + std::to_string(number) + what});
  }

  // Its own number is not to be believed: it is the one after what stands before it.
  void altered(const Error& error) {
    const uint64_t number = ++last_;
    unreadable_.emplace(number, line_);
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
    for (const auto& [number, place] : by_number_) {
      if (number > next) gap(number);
      next = std::max(next, number + 1);
    }
  }

  void missing(uint64_t first, uint64_t last) {
    add({Flaw::Kind::missing, first, 0, span_of(first, last) + " missing"});
  }

  // A record that was written anew, its hash included: the next one does not follow it.
  void find_replaced() {
    for (const auto& [number, place] : by_number_) {
      if (number == 1 && !place.previous.is_zero()) {
        add({Flaw::Kind::replaced, 1, place.line, "record 1 names a record before it"});
      }
      const auto before = by_number_.find(number - 1);
      if (before == by_number_.end() || before->second.hash == place.previous) continue;
      add({Flaw::Kind::replaced, number - 1, before->second.line,
           "record " + std::to_string(number - 1) + " was replaced: record " +
               std::to_string(number) + " follows another one"});
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
    add({Flaw::Kind::replaced, number, found->second.line,
         "record " + std::to_string(number) +
             " was replaced: the head that was kept names another"});
  }

  const ChainExpectation& expected_;
  ChainReport out_;
  std::map<uint64_t, Place> by_number_;
  std::map<uint64_t, size_t> unreadable_;
  uint64_t last_ = 0;
  size_t line_ = 0;
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

ChainReport check_chain(std::string_view text, const ChainExpectation& expected) {
  Check check(expected);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    // A last line without its end was cut off while it was written, or by somebody.
    check.take(end == std::string_view::npos ? text : line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::move(check).finish();
}

}  // namespace plumb::audit
