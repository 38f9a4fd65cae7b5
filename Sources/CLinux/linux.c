#define _GNU_SOURCE
#include "CLinux.h"

#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

int clinux_open_step(int directory, const char *name) { return openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC); }

long clinux_read_link(int directory, const char *name, void *buffer, size_t size) {
  return readlinkat(directory, name, buffer, size);
}

int clinux_is_file_or_null(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -1;
  /* devices.txt of the kernel: character device 1, 3 */
  return S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

int clinux_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }

int clinux_open_at(int directory, const char *name, int flags, mode_t mode) {
  return openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

ssize_t clinux_read_cached(int descriptor, void *buffer, size_t size, int64_t offset) {
  struct iovec room = {.iov_base = buffer, .iov_len = size};
  return preadv2(descriptor, &room, 1, offset, RWF_NOWAIT);
}

int clinux_rename_without_replacing(int directory, const char *name, int other, const char *new_name) {
  return renameat2(directory, name, other, new_name, RENAME_NOREPLACE);
}

/* Anybody may set a time that 64 bits of nanoseconds do not reach. */
static int64_t nanoseconds(struct timespec time) {
  const int64_t last = CLINUX_LAST_NANOSECOND_SECOND, edge = last * 1000000000, room = INT64_MAX - 1 - edge;
  int64_t beyond = time.tv_sec < 0 ? -last - time.tv_sec : time.tv_sec - last;
  if (beyond < 0) return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  if (beyond > room) beyond = room;
  return time.tv_sec < 0 ? -edge - beyond : edge + beyond;
}

int clinux_status(int directory, const char *path, struct clinux_status *status) {
  struct stat found;
  int result = *path ? fstatat(directory, path, &found, AT_SYMLINK_NOFOLLOW) : fstat(directory, &found);
  if (result == 0) {
    *status = (struct clinux_status){
        .device = found.st_dev,
        .inode = found.st_ino,
        .links = found.st_nlink,
        .size = found.st_size,
        .modified = nanoseconds(found.st_mtim),
        .changed = nanoseconds(found.st_ctim),
        .mode = found.st_mode,
        .owner = found.st_uid,
        .group = found.st_gid,
    };
  }
  return result;
}

ssize_t clinux_get_attribute(int descriptor, const char *name, void *buffer, size_t size) {
  ssize_t count = fgetxattr(descriptor, name, buffer, size);
  if (count >= 0 || errno != EBADF) return count;
  /* One of O_PATH is asked by its place, open(2). */
  char place[32];
  snprintf(place, sizeof place, "/proc/self/fd/%d", descriptor);
  return getxattr(place, name, buffer, size);
}

int clinux_set_attribute(int descriptor, const char *name, const void *bytes, size_t count) {
  return fsetxattr(descriptor, name, bytes, count, 0);
}

int clinux_remove_attribute(int descriptor, const char *name) { return fremovexattr(descriptor, name); }

uint32_t clinux_file_user(void) {
  /* An invalid id changes nothing. A filter of system calls answers -1. */
  int user = setfsuid((uid_t)-1);
  return user == -1 ? geteuid() : (uint32_t)user;
}

int clinux_file_handle(int directory, const char *path, uint8_t *bytes, size_t capacity) {
  union {
    struct file_handle handle;
    uint8_t space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } buffer;
  int mount;
  buffer.handle.handle_bytes = MAX_HANDLE_SZ;
  if (name_to_handle_at(directory, path, &buffer.handle, &mount, *path ? 0 : AT_EMPTY_PATH) != 0) return -1;
  size_t length = sizeof buffer.handle.handle_type + buffer.handle.handle_bytes;
  if (length > capacity) {
    errno = EOVERFLOW;
    return -1;
  }
  memcpy(bytes, &buffer.handle.handle_type, sizeof buffer.handle.handle_type);
  memcpy(bytes + sizeof buffer.handle.handle_type, buffer.handle.f_handle, buffer.handle.handle_bytes);
  return (int)length;
}

int clinux_try_read_lease(int descriptor) {
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) return -1;
  return fcntl(descriptor, F_SETLEASE, F_UNLCK);
}

ssize_t clinux_read_directory(int descriptor, void *buffer, size_t size) {
  return getdents64(descriptor, buffer, size);
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_eventfd_signal(int descriptor) { return eventfd_write(descriptor, 1); }

int clinux_eventfd_clear(int descriptor) {
  eventfd_t count;
  return eventfd_read(descriptor, &count);
}

int clinux_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int clinux_set_timer(int descriptor, int64_t nanoseconds) {
  struct itimerspec time = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
  return timerfd_settime(descriptor, 0, &time, NULL);
}

int clinux_clear_timer(int descriptor) {
  uint64_t count;
  return read(descriptor, &count, sizeof count) < 0 ? -1 : 0;
}

int clinux_watch_clock(int descriptor) {
  struct itimerspec never = {.it_value = {INT64_MAX / 1000000000, 0}};
  return timerfd_settime(descriptor, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

int clinux_clock_watch(void) {
  int descriptor = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (descriptor >= 0) clinux_watch_clock(descriptor);
  return descriptor;
}

int clinux_filesystem_magic(int descriptor, int64_t *magic) {
  struct statfs status;
  if (fstatfs(descriptor, &status) != 0) return -1;
  *magic = status.f_type;
  return 0;
}

int clinux_is_mount_root(int descriptor) {
  struct statx found, parent;
  if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &found) != 0) return -1;
  if (found.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if (statx(descriptor, "..", 0, STATX_BASIC_STATS, &parent) != 0) return -1;
  return found.stx_dev_major != parent.stx_dev_major || found.stx_dev_minor != parent.stx_dev_minor;
}

int64_t clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  if (limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  }
  return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}

int clinux_ignore_lease_breaks(void) {
  struct sigaction action = {.sa_handler = SIG_IGN};
  return sigaction(SIGIO, &action, NULL);
}

int clinux_start_thread(void *(*body)(void *), void *argument, uint64_t *thread) {
  sigset_t all, previous;
  pthread_t handle;
  sigfillset(&all);
  leave_faults_deliverable(&all);
  pthread_sigmask(SIG_BLOCK, &all, &previous);
  int error = pthread_create(&handle, NULL, body, argument);
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
  if (error != 0) return error;
  *thread = (uint64_t)handle;
  return 0;
}

int clinux_join_thread(uint64_t thread) { return pthread_join((pthread_t)thread, NULL); }

int clinux_detach_thread(uint64_t thread) { return pthread_detach((pthread_t)thread); }

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

/* In `directory`, where that is not NULL. */
static int spawn_with_ends(const char *file, const char *directory, char *const *argv, char *const *envp, int input,
                           int output, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return error;
  if ((error = posix_spawnattr_init(&attributes)) != 0) goto without_attributes;
  error = input < 0 ? posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
                    : posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  if (error != 0) goto done;
  if ((error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)) != 0) goto done;
  if ((error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)) != 0) goto done;
  if ((error = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)) != 0) goto done;
  if (directory != NULL && (error = posix_spawn_file_actions_addchdir_np(&actions, directory)) != 0) goto done;
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  error = posix_spawnp(pid, file, &actions, &attributes, argv, envp);
done:
  posix_spawnattr_destroy(&attributes);
without_attributes:
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int clinux_memory_file(const void *bytes, size_t count) {
  int descriptor = memfd_create("input", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  if (pwrite(descriptor, bytes, count, 0) == (ssize_t)count) return descriptor;
  close(descriptor);
  errno = ENOSPC;
  return -1;
}

static pid_t spawn_with_pipe(const char *file, const char *directory, char *const *argv, char *const *envp, int input,
                             int *output) {
  int ends[2];
  pid_t pid;
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  int error = spawn_with_ends(file, directory, argv, envp, input, ends[1], &pid);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return -error;
  }
  *output = ends[0];
  return pid;
}

pid_t clinux_spawn(char *const *argv, char *const *envp, int input, int *output) {
  /* Of this thread alone: what it starts has none of them. Refused by no kernel that knows them. */
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return spawn_with_pipe(argv[0], NULL, argv, envp, input, output);
}

pid_t clinux_spawn_beside(char *const *argv, int input, int *output) {
  char *nothing[] = {NULL};
  return spawn_with_pipe("/proc/self/exe", "/", argv, nothing, input, output);
}

pid_t clinux_spawn_self(char *const *argv, int socket, int content) {
  char *nothing[] = {NULL};
  pid_t pid;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  /* The file that this process runs, also where an upgrade has put another one in its place. */
  int error = spawn_with_ends("/proc/self/exe", NULL, argv, nothing, socket, content, &pid);
  return error == 0 ? pid : -error;
}

int clinux_wait_until(sem_t *semaphore, int64_t nanoseconds) {
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  return sem_clockwait(semaphore, CLOCK_MONOTONIC, &time);
}

int clinux_pidfd(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_reap(pid_t pid) {
  int status;
  pid_t found;
  do found = waitpid(pid, &status, 0);
  while (found < 0 && errno == EINTR);
  if (found != pid) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int clinux_reap_ended(pid_t pid) {
  pid_t found;
  do found = waitpid(pid, NULL, WNOHANG);
  while (found < 0 && errno == EINTR);
  return found != 0;
}

const char *clinux_error_name(int code) { return strerrorname_np(code); }

const char *clinux_error_text(int code) { return strerrordesc_np(code); }

int clinux_become_file_user(uint32_t user, uint32_t group, const uint32_t *groups, size_t count) {
  if (syscall(SYS_setgroups, count, groups) != 0) return -1;
  setfsgid(group);
  setfsuid(user);
  /* Neither reports a failure: an invalid id changes nothing and answers what is in force. */
  if ((uint32_t)setfsgid((gid_t)-1) == group && (uint32_t)setfsuid((uid_t)-1) == user) return 0;
  errno = EPERM;
  return -1;
}

int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

int clinux_close_to_others(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

void clinux_forget_variable(const char *name) {
  char *value = getenv(name);
  if (value == NULL) return;
  explicit_bzero(value, strlen(value));
  unsetenv(name);
}

ssize_t clinux_read_attribute(const char *path, const char *name, void *buffer, size_t size) {
  return getxattr(path, name, buffer, size);
}
