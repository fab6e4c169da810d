// What this process uses: the figures that Prometheus' clients export under "process_". Linux:
// memory, files and the start are read from /proc. Thread safe.
#pragma once

#include <cstdint>
#include <optional>

namespace plumb {

struct ProcessUsage {
  double cpu_seconds = 0;  // user and system, without children
  uint64_t resident_bytes = 0;
  uint64_t open_files = 0;
  double start_time = 0;  // seconds since 1970
};

// nullopt where there is no /proc.
[[nodiscard]] std::optional<ProcessUsage> process_usage();

}  // namespace plumb
