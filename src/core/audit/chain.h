// check_chain: is a ledger whole? Reads the lines of an exported ledger and names each record that
// was altered, dropped, put in another place or added. What is cut off at the end shows against a
// head that was kept elsewhere (the operator's Lease), what is missing at the beginning by the
// first number.
//
// A ledger may be in several files, in any order: those of the replicas that led in turns, each
// with a volume of its own, or exports of different days. Their records are put together by number;
// the same record in two files is one. Within a file the order counts. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/record.h"

namespace plumb::audit {

struct Flaw {
  enum class Kind { altered, missing, out_of_order, repeated, replaced };
  Kind kind = Kind::altered;
  uint64_t record = 0;  // its number; of what cannot be read the number that should stand there
  std::string file;     // where it stands; "" where there is none, or where there is one file
  size_t line = 0;      // of the file, from 1; 0 where there is none
  std::string message;  // "record 12 was altered: …"
};
[[nodiscard]] const char* to_string(Flaw::Kind kind);

struct ChainExpectation {
  std::optional<Head> head = {};  // the ledger has this record, with this hash
  uint64_t first = 1;             // the record that the export begins with
};

struct ChainReport {
  std::vector<Record> records;  // that can be read, in the order of the lines
  std::vector<Flaw> flaws;      // by record; at most kMostFlaws
  Head head;                    // of the last record
};
inline constexpr size_t kMostFlaws = 100;

struct LedgerFile {
  std::string name;
  std::string_view text;
};

[[nodiscard]] ChainReport check_chain(const std::vector<LedgerFile>& files,
                                      const ChainExpectation& expected);
// Of one file.
[[nodiscard]] ChainReport check_chain(std::string_view text, const ChainExpectation& expected);

}  // namespace plumb::audit
