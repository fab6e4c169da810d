// PublishedStatus: what stands in the status of a resource on the server, as far as must be known
// to change it: a fingerprint of each member. The status itself, with an inventory of thousands of
// objects, is not kept a second time. Value; thread safe.
#pragma once

#include <string>

#include "lang/value/value.h"

namespace plumb {

class PublishedStatus {
 public:
  PublishedStatus() = default;  // nothing stands there
  explicit PublishedStatus(const Value& status);

  // The JSON merge patch (RFC 7396) that turns it into `status`: members that went away become
  // null. An empty map when nothing differs.
  [[nodiscard]] Value patch_to(const Value& status) const;
  [[nodiscard]] bool is(const Value& status) const { return patch_to(status).as_map()->empty(); }

 private:
  std::string members_;  // packed: name and fingerprint of each, sorted by name
};

}  // namespace plumb
