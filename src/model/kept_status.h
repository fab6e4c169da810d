// KeptStatus: the status of an app in few bytes, for the time between two turns. Its history, ten
// revisions with the names of what they changed, is most of it and is packed. Its inventory is left
// out: who keeps a status keeps that beside it (PackedInventory). Value; thread safe.
#pragma once

#include <string>

#include "model/status.h"

namespace plumb {

class KeptStatus {
 public:
  KeptStatus() = default;
  explicit KeptStatus(AppStatus status);

  // Without the history.
  [[nodiscard]] const AppStatus& brief() const { return brief_; }
  // With it. For what is written to the server, the inventory is to be added.
  [[nodiscard]] AppStatus whole() const;

  [[nodiscard]] size_t packed_bytes() const { return history_.size(); }

 private:
  AppStatus brief_;
  std::string history_;  // deflated; "": there is none
  size_t unpacked_bytes_ = 0;
};

}  // namespace plumb
