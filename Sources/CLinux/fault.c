#define _GNU_SOURCE
#include "fault.h"

#include "CLinux.h"
#include "functions.h"
#include "line.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

/*
 * The last words of a process that a fault ends. All of it runs in a signal handler, wherever the fault struck: it takes no
 * lock, allocates nothing and calls only plain system calls and what computes; the unwinder finds frames without a lock
 * (_dl_find_object, glibc 2.35). A second fault on the way costs the step it strikes, not the rest, and an alarm ends what
 * hangs.
 */

static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
enum { fault_count = sizeof faults / sizeof *faults, most_frames = 48, longest = 5 /* seconds */ };

static atomic_int reporter;            /* the thread whose turn it is to tell; 0 before */
static sigjmp_buf next_step;           /* where a fault within the report goes on */
static volatile sig_atomic_t may_jump;
static _Atomic(char *) kept;           /* where the first line is kept for the next process */
static size_t kept_size;
static int is_named; /* whether the next process is told a function, or need not be */

static struct {
  uintptr_t address[most_frames];
  int count;
} stack;

/* What the next process is told; more may be added to it. */
static void keep(const char *text) {
  char *place = atomic_load(&kept);
  size_t length = place == NULL ? 0 : strnlen(place, kept_size);
  while (place != NULL && *text && length + 1 < kept_size) place[length++] = *text++;
}

static void tell_fault(int number, const siginfo_t *info) {
  struct line line = {.length = 0};
  char thread[16] = "";
  prctl(PR_GET_NAME, thread);
  add(&line, program_invocation_short_name);
  add(&line, " crashed: ");
  size_t begin = line.length;
  add(&line, "signal ");
  add(&line, sigabbrev_np(number));
  if (info->si_code <= 0) {
    add(&line, info->si_pid == getpid() ? " raised by itself" : " sent by process ");
    if (info->si_pid != getpid()) add_number(&line, (uint64_t)info->si_pid, 10);
  } else {
    add(&line, " at address 0x");
    add_number(&line, (uintptr_t)info->si_addr, 16);
  }
  add(&line, ", thread ");
  add(&line, thread);
  put(&line);
  line.text[line.length - 1] = 0;
  keep(line.text + begin);
}

/* Collects the frames from the one that the signal interrupted on: those before are ours. */
static _Unwind_Reason_Code collect(struct _Unwind_Context *context, void *unused) {
  int is_interrupted = 0;
  uintptr_t address = _Unwind_GetIPInfo(context, &is_interrupted);
  if (stack.count == 0 && !is_interrupted) return _URC_NO_REASON;
  if (address == 0) return _URC_END_OF_STACK;
  /* A return address may lie behind the end of its function. */
  stack.address[stack.count++] = address - (is_interrupted ? 0 : 1);
  return stack.count < most_frames ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* The whole file, to read; NULL where that fails. It stays: the process is about to end. */
static const uint8_t *map(const char *path) {
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return NULL;
  void *start = fstat(file, &status) == 0 ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
  close(file);
  return start == MAP_FAILED ? NULL : start;
}

static const uint8_t *program(void) {
  static const uint8_t *file;
  if (file == NULL) file = map("/proc/self/exe");
  return file;
}

/* The mapped file of a library or of the program (which has no name), the one asked for last being at hand. */
static const uint8_t *file_of(const struct link_map *module) {
  static const struct link_map *last;
  static const uint8_t *file;
  if (module->l_name[0] == 0) return program();
  if (module != last) file = map(module->l_name);
  last = module;
  return file;
}

static void tell_frame(int number) {
  uintptr_t address = stack.address[number];
  struct dl_find_object object;
  struct line line = {.length = 0};
  add(&line, "#");
  add_number(&line, (uint64_t)number, 10);
  add(&line, " ");
  if (_dl_find_object((void *)address, &object) != 0) {
    add(&line, "0x");
    add_number(&line, address, 16);
    return put(&line);
  }
  const struct link_map *module = object.dlfo_link_map;
  uint64_t offset = address - module->l_addr, begin = 0;
  const uint8_t *file = file_of(module);
  const char *name = file == NULL ? NULL : function_at(file, offset, &begin);
  if (name != NULL) {
    add(&line, name);
    add(&line, " + ");
    add_number(&line, offset - begin, 10);
    add(&line, " ");
    if (!is_named && module->l_name[0] == 0) {
      is_named = 1;
      keep(", in ");
      keep(name);
    }
  }
  const char *slash = strrchr(module->l_name, '/');
  add(&line, "(");
  add(&line, module->l_name[0] == 0 ? program_invocation_short_name : slash == NULL ? module->l_name : slash + 1);
  add(&line, " 0x");
  add_number(&line, offset, 16);
  add(&line, ")");
  put(&line);
}

static void tell_build(void) {
  struct line line = {.length = 0};
  uint32_t length = 0;
  const uint8_t *id = program() == NULL ? NULL : build_id(program(), &length);
  add(&line, "build id ");
  for (uint32_t index = 0; id != NULL && index < length; index++) {
    if (id[index] < 16) add(&line, "0");
    add_number(&line, id[index], 16);
  }
  put(&line);
}

/* A thread that the reporter asked. */
static void tell_thread(void) {
  struct line line = {.length = 0};
  char thread[16] = "";
  prctl(PR_GET_NAME, thread);
  add(&line, "thread ");
  add(&line, thread);
  put(&line);
}

/* Who the calling thread is, then its calls, each step once: where one faults, the next. */
static void tell_calls(int number, const siginfo_t *info) {
  static volatile int step;
  step = 0;
  stack.count = 0;
  sigsetjmp(next_step, 1);
  may_jump = 1;
  while (step < 2 + most_frames) {
    int now = step++;
    if (now == 0) info == NULL ? tell_thread() : tell_fault(number, info);
    else if (now == 1) _Unwind_Backtrace(collect, NULL);
    else if (now - 2 < stack.count) tell_frame(now - 2);
  }
  if (step++ == 2 + most_frames && info != NULL) tell_build();
  may_jump = 0;
}

/* What there is to know of a thread that does not answer: proc_pid_stat(5). */
static void tell_silent(const char *thread) {
  struct line line = {.length = 0}, path = {.length = 0};
  char text[512] = "";
  add(&path, "/proc/self/task/");
  add(&path, thread);
  add(&path, "/stat");
  path.text[path.length] = 0;
  int file = open(path.text, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  char *name = strchr(text, '('), *end = strrchr(text, ')');
  if (length <= 0 || name == NULL || end == NULL || end + 3 >= text + length) return;
  *end = end[3] = 0;
  add(&line, "thread ");
  add(&line, name + 1);
  add(&line, ": no answer, state ");
  add(&line, end + 2);
  put(&line);
}

/* Has another thread tell its calls, and waits for that a while. */
static void ask(const char *thread, int self) {
  struct timespec moment = {.tv_nsec = 1000000};
  int number = 0;
  for (const char *digit = thread; *digit; digit++) number = number * 10 + (*digit - '0');
  if (number == self) return;
  atomic_store(&reporter, number);
  tgkill(getpid(), number, SIGABRT);
  for (int waited = 0; waited < 300 && atomic_load(&reporter) == number; waited++) nanosleep(&moment, NULL);
  if (atomic_compare_exchange_strong(&reporter, &number, self)) tell_silent(thread);
}

/* An abort from outside is that of a watchdog: which thread hangs is what it is about. */
static void ask_others(int self) {
  static _Alignas(struct dirent64) char entries[4096];
  int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ssize_t length = tasks < 0 ? 0 : getdents64(tasks, entries, sizeof entries);
  alarm(2 * longest); /* a busy machine, and many threads */
  for (; length > 0; length = getdents64(tasks, entries, sizeof entries)) {
    for (ssize_t place = 0; place < length;) {
      struct dirent64 *entry = (struct dirent64 *)(entries + place);
      if (entry->d_name[0] != '.') ask(entry->d_name, self);
      place += entry->d_reclen;
    }
  }
}

static void on_fault(int number, siginfo_t *info, void *context) {
  static int first_reporter;
  int turn = 0;
  int self = gettid();
  if (atomic_compare_exchange_strong(&reporter, &turn, self)) {
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    alarm(longest);
    first_reporter = self;
    tell_calls(number, info);
    is_named = 1;
    if (number == SIGABRT && info->si_code == SI_USER) ask_others(self);
  } else {
    if (turn == self && may_jump) siglongjmp(next_step, 1);
    if (turn == self && first_reporter != self) {
      tell_calls(number, NULL);
      atomic_store(&reporter, first_reporter);
    }
    while (turn != self || first_reporter != self) pause(); /* until the process ends */
  }
  signal(number, SIG_DFL);
  raise(number);
}

void leave_faults_deliverable(sigset_t *set) {
  for (int index = 0; index < fault_count; index++) sigdelset(set, faults[index]);
}

static _Unwind_Reason_Code nothing(struct _Unwind_Context *context, void *unused) { return _URC_END_OF_STACK; }

int clinux_report_faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  sigfillset(&action.sa_mask);
  leave_faults_deliverable(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGALRM);
  _Unwind_Backtrace(nothing, NULL); /* the first call would look the function up */
  for (int index = 0; index < fault_count; index++)
    if (sigaction(faults[index], &action, NULL) != 0) return -1;
  return 0;
}

void clinux_keep_fault(char *place, size_t size) {
  kept_size = size;
  atomic_store(&kept, place);
}

void *clinux_run_with_fault_stack(void *(*body)(void *), void *argument) {
  /* At the far end of the stack that may overflow, so it is still free then; pages that are not used cost nothing. */
  char reserve[64 << 10];
  stack_t use = {.ss_sp = reserve, .ss_size = sizeof reserve}, none = {.ss_flags = SS_DISABLE};
  sigaltstack(&use, NULL);
  void *result = body(argument);
  sigaltstack(&none, NULL);
  return result;
}
