#include "edge/os/process_usage.h"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace plumb {
namespace {

double seconds_of(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Clock ticks between the start of the machine and that of this process: the 22nd field of
// proc(5)'s stat. The second, the name of the program, is in brackets and may hold anything.
std::optional<uint64_t> start_ticks() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  uint64_t ticks = 0;
  return fields >> ticks ? std::optional(ticks) : std::nullopt;
}

std::optional<uint64_t> resident_pages() {
  std::ifstream file("/proc/self/statm");
  uint64_t size = 0;
  uint64_t resident = 0;
  return file >> size >> resident ? std::optional(resident) : std::nullopt;
}

uint64_t entries_of(const char* folder) {
  std::error_code unreadable;
  const std::filesystem::directory_iterator entries(folder, unreadable);
  return static_cast<uint64_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

std::optional<ProcessUsage> process_usage() {
  const std::optional<uint64_t> started = start_ticks();
  const std::optional<uint64_t> resident = resident_pages();
  if (!started || !resident) return std::nullopt;
  const double since_boot =
      static_cast<double>(*started) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return ProcessUsage{
      .cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID),
      .resident_bytes = *resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)),
      .open_files = entries_of("/proc/self/fd") - 1,  // without that of the look itself
      .start_time = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + since_boot};
}

}  // namespace plumb
