// What a renderer hands over: documents as written, not yet known to be Kubernetes objects, and the
// problems it met. core/render/assemble.h turns them into Manifests. Values; thread safe.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/manifests.h"

namespace plumb::rendering {

struct SourceDocument {
  Value value;
  Origin origin;
  std::shared_ptr<const FieldLines> lines = nullptr;
  std::string item = {};  // ".items[2]" for a member of a List
};

struct Documents {
  std::vector<SourceDocument> documents;
  std::vector<Warning> warnings;
};

// The errors of one run, so that people see all of them and not only the first.
class Problems {
 public:
  void add(Error error) { errors_.push_back(std::move(error)); }
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  // The first by file and line, with the others as `also`. There must be one.
  [[nodiscard]] Error merged() const;
  // An error that ended the run, with those found before it as `also`.
  [[nodiscard]] Error merged(const Error& last) const;

 private:
  [[nodiscard]] std::vector<Error> sorted() const;

  std::vector<Error> errors_;
};

}  // namespace plumb::rendering
