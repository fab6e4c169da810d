// confine_process: takes from the calling process all that a parser of hostile bytes does not need,
// for good: it may compute, and read and write the descriptors that are open. Needs no privilege;
// where it runs as root it becomes nobody (65534) first.
//
// What is left after it: no system call but those of memory, time, random numbers and of reading
// and writing (seccomp; opening files answers EACCES, all others end the process), no new
// privileges, no new files, no children, no core dumps, memory and processor time bounded.
// Linux on x86-64 and arm64; elsewhere kProcessFailed. To be called once, before the first hostile
// byte, while there is one thread.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace plumb {

struct Confinement {
  uint64_t max_memory = 512ull << 20;  // bytes of address space; 0: not bounded (sanitizers)
  uint64_t max_cpu_seconds = 300;
};

[[nodiscard]] Result<void> confine_process(const Confinement& confinement);

}  // namespace plumb
