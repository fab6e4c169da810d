// SegmentLog: lines that are only ever added, in files of one folder: "00000000000000000041.jsonl"
// begins with line 41. A line is on the disk when `append` returns. One process at a time has the
// folder (flock). Not thread safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/os/file_descriptor.h"

namespace plumb {

// Another process writes the ledger of this folder.
inline constexpr ErrorCode kLogInUse{914, "LedgerInUse"};

class SegmentLog {
 public:
  // Makes the folder where it is not there. What a crash left of an unfinished line is cut off.
  // Errors: kLogInUse, kFileFailed.
  [[nodiscard]] static Result<SegmentLog> open(const std::string& directory,
                                               uint64_t most_bytes_a_segment = 16 << 20);

  // The text of the newest segment; "" where there is none.
  [[nodiscard]] Result<std::string> newest() const;
  // `number` is the line's own, and names the segment where a new one begins.
  [[nodiscard]] Result<void> append(std::string_view line, uint64_t number);

 private:
  SegmentLog(std::string directory, FileDescriptor lock, uint64_t most_bytes)
      : directory_(std::move(directory)), lock_(std::move(lock)), most_bytes_(most_bytes) {}
  [[nodiscard]] Result<void> begin_segment(uint64_t number);

  std::string directory_;
  FileDescriptor lock_;  // of the folder
  uint64_t most_bytes_;
  std::string newest_;  // path; "" where there is none
  FileDescriptor file_;
  uint64_t bytes_ = 0;
};

// All lines of a folder, segment by segment, oldest first; may be called while another process
// appends. Stops when `take` says so.
[[nodiscard]] Result<void> read_segments(const std::string& directory,
                                         const std::function<bool(std::string_view)>& take);

}  // namespace plumb
