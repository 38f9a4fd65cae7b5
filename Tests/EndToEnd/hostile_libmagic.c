/* libmagic as somebody would have it who took over the process that uses it: what a file says is what it does.
   Everything else it asks the real library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void *library;
static pid_t parent;
static char parents_environment[64];

__attribute__((constructor)) static void prepare(void) {
  library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
  parent = getppid();
  snprintf(parents_environment, sizeof parents_environment, "/proc/%d/environ", parent);
}

void *magic_open(int flags) { return ((void *(*)(int))dlsym(library, "magic_open"))(flags); }
void magic_close(void *cookie) { ((void (*)(void *))dlsym(library, "magic_close"))(cookie); }
int magic_load(void *cookie, const char *file) {
  return ((int (*)(void *, const char *))dlsym(library, "magic_load"))(cookie, file);
}
const char *magic_error(void *cookie) { return ((const char *(*)(void *))dlsym(library, "magic_error"))(cookie); }

static const char *allowed(void) {
  static char list[512] = "probe/";
  char *const none[] = {NULL};
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)list, 1};
#define TRY(name, call)                                                                                           \
  if ((long)(call) != -1) strcat(list, "." name)
  TRY("open", open("/etc/passwd", O_RDONLY));
  TRY("create", open("/tmp/probe", O_RDWR | O_CREAT, 0600));
  TRY("environ", open(parents_environment, O_RDONLY));
  TRY("openat2", syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24));
  TRY("socket", socket(AF_INET, SOCK_STREAM, 0));
  TRY("unix", socket(AF_UNIX, SOCK_STREAM, 0));
  TRY("fork", fork());
  TRY("execve", execve("/bin/true", none, none));
  TRY("kill", kill(parent, 0));
  TRY("ptrace", ptrace(PTRACE_ATTACH, parent, NULL, NULL));
  TRY("memory", process_vm_readv(parent, &here, 1, &there, 1, 0));
  TRY("prctl", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
  TRY("executable", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  TRY("protect", mprotect((void *)((unsigned long)list & ~4095UL), 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
  TRY("map", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 2, 0));
  TRY("receive", recvmsg(0, &(struct msghdr){0}, MSG_DONTWAIT));
  TRY("write", write(2, "x", 1));
  TRY("read", read(2, &byte, 1));
  TRY("unlink", unlink("/tmp/nothing") == 0 || errno != EPERM ? 0 : -1);
  TRY("stat", access("/", F_OK));
  TRY("io_uring", syscall(SYS_io_uring_setup, 1, list));
  TRY("bpf", syscall(SYS_bpf, 0, list, 64) != -1 || errno != EPERM ? 0 : -1);
  if (environ && *environ) strcat(list, ".environment");
  return strcat(list, ".end");
}

const char *magic_buffer(void *cookie, const void *bytes, size_t count) {
  static char garbage[60000];
#define SAYS(word) (memmem(bytes, count, "ACT:" word, sizeof "ACT:" word - 1) != NULL)
  if (SAYS("probe")) return allowed();
  if (SAYS("loop"))
    for (;;) __asm__ volatile("");
  int word = 0;
  if (SAYS("hang"))
    for (;;) syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  if (SAYS("crash")) *(volatile int *)8 = 1;
  if (SAYS("abort")) abort();
  if (SAYS("exit")) _exit(0);
  if (SAYS("close")) munmap((void *)((unsigned long)prepare & ~4095UL), 4096);
  if (SAYS("eat"))
    for (;;) {
      void *more = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (more == MAP_FAILED) abort();
      memset(more, 1, 1 << 20);
    }
  if (SAYS("flood")) {
    memset(garbage, 'x', sizeof garbage);
    write(0, garbage, sizeof garbage);
  }
  if (SAYS("lie")) write(0, "\377\377 found nothing", 16);
  if (SAYS("long")) {
    memset(garbage, 'x', sizeof garbage - 1);
    return garbage;
  }
  if (SAYS("inject")) return "text/plain\n{\"state\":\"forged\"}\033[2J";
  return ((const char *(*)(void *, const void *, size_t))dlsym(library, "magic_buffer"))(cookie, bytes, count);
}
