// Manifests: the desired state one render produced; immutable once made, shared by shared_ptr<const
// Manifests>.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "lang/value/field_lines.h"
#include "model/ignore.h"
#include "model/object.h"
#include "model/source_tree.h"

namespace plumb {

// Where a manifest was written.
struct Origin {
  std::string file;  // in the repository
  int line = 0;      // first line of the document
  int document = 1;  // counted from 1 in a file of several

  [[nodiscard]] Position position() const { return {file, line, 0}; }
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Manifest {
  ObjectKey key;
  std::string api_version;  // as written: "apps/v1"
  Value body;               // complete, without status and server-set metadata
  Origin origin;
  std::shared_ptr<const FieldLines> lines;  // may be null: then `origin.line` is all that is known
  IgnoredFields ignored = {};               // of the body, left to others once the object is there
  // D: hash of the body as sent, and of what is ignored of it; set by core/plan's prepare.
  Fingerprint desired = {};

  // Line of a field ("spec", "replicas"), else of the deepest part of the path that is known.
  [[nodiscard]] Position position_of(const std::vector<std::string>& path) const {
    return {origin.file, lines ? lines->line_of(path) : origin.line, 0};
  }
};

struct Warning {
  std::string message;
  Position position;
};

// What the manifests were made from: it decides whether they may be applied.
struct LocalFiles {
  std::string folder;
};
using Provenance = std::variant<VerifiedRevision, LocalFiles>;

struct Manifests {
  std::vector<Manifest> objects;  // in source order; keys are unique
  std::vector<Warning> warnings;
  ReadSet read_set;
  Digest digest;  // of all bodies in order
};

}  // namespace plumb
