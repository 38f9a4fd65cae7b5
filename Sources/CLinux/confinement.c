#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "name the AUDIT_ARCH_ of this processor: linux/audit.h"
#endif

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* The x32 calls of an x86-64 kernel: other numbers, the same architecture in seccomp_data. */
#define X32_CALLS 0x40000000u

/* Both processors that this is built for are little-endian: the low half comes first. */
#define LOW(index) (offsetof(struct seccomp_data, args[index]))

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(SECCOMP_RET_ALLOW)
/* A call whose 32-bit argument has to be `value`. */
#define ALLOW_WITH(call, index, value)                                                                           \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 4), LOAD(LOW(index)),                                           \
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ANSWER(SECCOMP_RET_ALLOW), ANSWER(REFUSED)
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

/* Memory, the one socket, the clock, and the end. mmap(2) of no file and nothing that could be executed. */
static struct sock_filter filter[] = {
    LOAD(offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    ALLOW_WITH(SYS_read, 0, STDIN_FILENO),
    ALLOW_WITH(SYS_write, 0, STDIN_FILENO),
    ALLOW(SYS_brk),
    ALLOW(SYS_munmap),
    ALLOW(SYS_mremap),
    ALLOW(SYS_madvise),
    ALLOW(SYS_futex),
    ALLOW(SYS_clock_gettime),
    ALLOW(SYS_getrandom),
    ALLOW(SYS_rt_sigprocmask),
    ALLOW(SYS_rt_sigreturn),
    ALLOW(SYS_sched_yield),
    ALLOW(SYS_restart_syscall),
    ALLOW(SYS_exit),
    ALLOW(SYS_exit_group),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4),
    LOAD(LOW(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
    ANSWER(REFUSED),
    ANSWER(SECCOMP_RET_ALLOW),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 5),
    LOAD(LOW(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 3, 0),
    LOAD(LOW(3)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1),
    ANSWER(SECCOMP_RET_ALLOW),
    ANSWER(REFUSED),
};

static int limit(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit now, wanted = {.rlim_cur = soft, .rlim_max = hard};
  if (prlimit(0, resource, NULL, &now) != 0) return -1;
  if (wanted.rlim_max > now.rlim_max) wanted.rlim_max = now.rlim_max;
  if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  return prlimit(0, resource, &wanted, NULL);
}

/* proc(5): /proc/self/statm begins with the size of the address space, in pages. */
static uint64_t address_space(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* capset(2) may be forbidden to one who has nothing to give up: the service manager's filter does that. */
static int drop_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {{0}}, left[2] = {{0}};
  if (syscall(SYS_capset, &header, none) == 0) return 0;
  if (syscall(SYS_capget, &header, left) != 0) return -1;
  if ((left[0].permitted | left[1].permitted) == 0) return 0;
  errno = EPERM;
  return -1;
}

int clinux_end_with_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  if (getppid() == parent) return 0;
  errno = ESRCH;
  return -1;
}

int clinux_confine(uint64_t memory, uint64_t seconds) {
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  uint64_t size = address_space();
  if (size == 0) return -1;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
  if (drop_capabilities() != 0) return -1;
  if (limit(RLIMIT_CORE, 0, 0) != 0 || limit(RLIMIT_FSIZE, 0, 0) != 0 || limit(RLIMIT_CPU, seconds, seconds + 1) != 0)
    return -1;
  if (limit(RLIMIT_AS, size + memory, size + memory) != 0 || limit(RLIMIT_NOFILE, 3, 3) != 0) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int clinux_message_pair(int *ends) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); }

int clinux_shared_memory(size_t size, void **mapping) {
  int descriptor = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  /* posix_fallocate(3): a store into memory that there is not would end this process. */
  int error = posix_fallocate(descriptor, 0, (off_t)size);
  if (error == 0) {
    *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (*mapping == MAP_FAILED) error = errno;
  }
  if (error == 0) {
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
      return descriptor;
    error = errno;
    munmap(*mapping, size);
  }
  close(descriptor);
  errno = error;
  return -1;
}
