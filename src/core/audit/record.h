// The ledger: who changed what in the cluster, by which commit, and what was refused. One entry per
// turn that did either. A record is an entry with its number and the hash of the record before it;
// its own hash is over all of that, so that records can be added and nothing else. A line of the
// file is one record:
//
//   {"entry":{…},"hash":H,"previous":H of the record before,"record":N}
//
// with keys in the order of their bytes and no blanks, exactly as `seal` writes it: a line that
// reads back as something else is no record. Names of fields are told and never values. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "model/git.h"
#include "model/object.h"

namespace plumb::audit {

// A line of a ledger that is not what was written there.
inline constexpr ErrorCode kBadRecord{460, "BadRecord"};

enum class Verdict {
  accepted,  // a revision passed the trust policy of its repository
  refused,   // a revision, or what an app wanted of it
  applied,   // objects are as the revision says
  healed,    // drift was undone
  failed,    // some of it could not be done
  deleted,   // the app was taken down
  doubted,   // commits accepted earlier are signed by a key that was in wrong hands
};
[[nodiscard]] const char* to_string(Verdict verdict);

struct ObjectRecord {
  ObjectKey key;
  std::string action;               // "apply", "recreate", "delete", "release", "refuse", "fail"
  std::string reason;               // of the step: "Changed", "Drifted"; of a failure its code
  std::vector<std::string> fields;  // names of those that changed; empty: the whole object
  std::string detail;               // "spec.replicas taken by kubectl-edit"

  friend bool operator==(const ObjectRecord&, const ObjectRecord&) = default;
};

// A commit of those that were judged together.
struct CommitRecord {
  CommitId commit;
  std::string signer;
  std::vector<Grant> grants;

  friend bool operator==(const CommitRecord&, const CommitRecord&) = default;
};

struct Entry {
  WallTime time{};
  Verdict verdict = Verdict::applied;
  std::string app;         // "namespace/name"; "" where it is of a repository alone
  std::string repository;  // "namespace/name"
  std::string url;
  std::string ref;
  std::string commit;
  std::string tag;     // the tag object, where the ref is one
  std::string from;    // of a verification: the commit that was accepted before; "" for none
  std::string author;  // as the commit says; proves nothing
  std::string signer;
  std::vector<Grant> grants;  // of the commit
  std::string policy;
  std::vector<CommitRecord> commits;  // judged together, oldest first; at most kMostCommits
  std::vector<ObjectRecord> objects;  // at most kMostObjects
  int64_t more = 0;                   // commits or objects that are not listed
  std::string health;                 // worst, after the turn
  std::string reason;                 // CamelCase
  std::string message;

  friend bool operator==(const Entry&, const Entry&) = default;
};
inline constexpr size_t kMostCommits = 100;
inline constexpr size_t kMostObjects = 1000;
inline constexpr size_t kMaxMessage = 4096;

// Where a ledger ends: its last record. Number 0 and zeros where it is empty.
struct Head {
  uint64_t number = 0;
  Digest hash{};

  friend bool operator==(const Head&, const Head&) = default;
};
// "41:9f86d0…", and back.
[[nodiscard]] std::string to_string(const Head& head);
[[nodiscard]] Result<Head> parse_head(std::string_view text);

struct Record {
  uint64_t number = 0;
  Digest previous{};
  Digest hash{};
  Entry entry;
};

struct Sealed {
  std::string line;  // without line end
  Head head;         // after it
};
[[nodiscard]] Sealed seal(const Head& head, const Entry& entry);

// kBadRecord where the text is not what `seal` writes, its own hash included.
[[nodiscard]] Result<Record> read_record(std::string_view line);

[[nodiscard]] Value to_value(const Entry& entry);

}  // namespace plumb::audit
