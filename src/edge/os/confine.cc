#include "edge/os/confine.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <vector>

#include "edge/os/child_process.h"

namespace plumb {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

constexpr uid_t kNobody = 65534;

constexpr int kAllowed[] = {
    SYS_read,          SYS_write,           SYS_exit,
    SYS_exit_group,    SYS_munmap,          SYS_mremap,
    SYS_brk,           SYS_madvise,         SYS_futex,
    SYS_clock_gettime, SYS_gettimeofday,    SYS_getrandom,
    SYS_rt_sigreturn,  SYS_sched_yield,     SYS_rt_sigprocmask,
    SYS_getpid,        SYS_gettid,          SYS_mlock,
    SYS_munlock,       SYS_restart_syscall, SYS_clock_nanosleep,
    SYS_close,
};
// Code that can run must have been there before.
constexpr int kAllowedUnlessExecutable[] = {SYS_mmap, SYS_mprotect};
// A library that looks for a file finds that it may not.
constexpr int kRefused[] = {
    SYS_openat, SYS_faccessat, SYS_newfstatat, SYS_readlinkat, SYS_statx,     SYS_fstat,
    SYS_lseek,  SYS_ioctl,     SYS_uname,      SYS_sysinfo,    SYS_prlimit64,
#if defined(__x86_64__)
    SYS_open,   SYS_access,    SYS_stat,       SYS_readlink,   SYS_time,
#endif
};

constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS;

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
sock_filter answer(uint32_t what) {
  return BPF_STMT(BPF_RET | BPF_K, what);
}
sock_filter skip_unless_equal(uint32_t value, uint8_t count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

std::vector<sock_filter> filter() {
  std::vector<sock_filter> out = {load(offsetof(seccomp_data, arch)),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
                                  answer(kKill), load(offsetof(seccomp_data, nr))};
  for (const int call : kAllowed) {
    out.push_back(skip_unless_equal(static_cast<uint32_t>(call), 1));
    out.push_back(answer(SECCOMP_RET_ALLOW));
  }
  for (const int call : kRefused) {
    out.push_back(skip_unless_equal(static_cast<uint32_t>(call), 1));
    out.push_back(answer(SECCOMP_RET_ERRNO | EACCES));
  }
  for (const int call : kAllowedUnlessExecutable) {
    out.push_back(skip_unless_equal(static_cast<uint32_t>(call), 4));
    // The low half of the third argument, prot; both architectures are little-endian.
    out.push_back(load(offsetof(seccomp_data, args) + 2 * sizeof(uint64_t)));
    out.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    out.push_back(answer(kKill));
    out.push_back(answer(SECCOMP_RET_ALLOW));
  }
  out.push_back(answer(kKill));
  return out;
}

Result<void> limit(__rlimit_resource what, uint64_t value) {
  const rlimit limits{value, value};
  if (setrlimit(what, &limits) != 0) return process_failed("cannot set a limit", errno);
  return {};
}

Result<void> leave_root() {
  if (geteuid() != 0 && getuid() != 0) return {};
  // In a container root may lack the right to change its groups; then it has no files to lose.
  (void)setgroups(0, nullptr);
  if (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0) {
    // Without CAP_SETUID (a root in name only) what follows still holds.
    if (errno != EPERM) return process_failed("cannot become nobody", errno);
  }
  return {};
}

}  // namespace

Result<void> confine_process(const Confinement& confinement) {
  if (kArchitecture == 0) return process_failed("cannot be confined on this machine", ENOSYS);
  TRY(leave_root());
  if (confinement.max_memory != 0) TRY(limit(RLIMIT_AS, confinement.max_memory));
  TRY(limit(RLIMIT_CPU, confinement.max_cpu_seconds));
  TRY(limit(RLIMIT_CORE, 0));
  TRY(limit(RLIMIT_FSIZE, 0));
  TRY(limit(RLIMIT_NPROC, 0));
  TRY(limit(RLIMIT_NOFILE, 0));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return process_failed("cannot give up privileges", errno);
  }
  std::vector<sock_filter> rules = filter();
  const sock_fprog program{static_cast<uint16_t>(rules.size()), rules.data()};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
    return process_failed("cannot install the filter of system calls", errno);
  }
  return {};
}

}  // namespace plumb
