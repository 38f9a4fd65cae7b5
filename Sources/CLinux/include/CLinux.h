#ifndef CLINUX_H
#define CLINUX_H

/*
 * What Swift's Glibc does not offer: variadic calls, calls without a wrapper in glibc, and constants that are macros
 * behind _GNU_SOURCE. Each function is one system call (or names one); errors are -1 with errno set.
 * Needs Linux 5.6 (pidfd_open) and glibc 2.35 (_dl_find_object).
 */

#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat2(2) below a directory: no symbolic link, no magic link, no other mount, nothing outside. Where the kernel or the
   service manager does not allow it, name by name with openat(2). */
int clinux_open_file_beneath(int directory, const char *path);      /* O_RDONLY, never blocks */
int clinux_open_directory_beneath(int directory, const char *path); /* O_RDONLY|O_DIRECTORY */
int clinux_open_entry_beneath(int directory, const char *path);     /* O_PATH: breaks no lease */
int clinux_open_location_beneath(int directory, const char *path);  /* O_PATH|O_DIRECTORY */

/* open(2) of a directory by a path that an administrator chose: symbolic links are followed. */

/* open(2): variadic. mode is used if the flags create. O_CLOEXEC is added. */
/* One step of a path, whatever it is (O_PATH); a link is opened itself. */
int clinux_open_step(int directory, const char *name);
/* readlinkat(2); the length. */
long clinux_read_link(int directory, const char *name, void *buffer, size_t size);
int clinux_open(const char *path, int flags, mode_t mode);

/* 1 for a regular file and for /dev/null, 0 for anything else, -1 and errno for neither known. */
int clinux_is_file_or_null(int descriptor);
/* preadv2(2) RWF_NOWAIT: only what lies in the page cache; EAGAIN where nothing does, EOPNOTSUPP where the file system
   does not tell (FUSE, NFS). */
ssize_t clinux_read_cached(int descriptor, void *buffer, size_t size, int64_t offset);

/* openat(2) of a name in a directory that the caller holds: variadic. O_NOFOLLOW and O_CLOEXEC are added. */
int clinux_open_at(int directory, const char *name, int flags, mode_t mode);

/* renameat2(2) RENAME_NOREPLACE. */
int clinux_rename_without_replacing(int directory, const char *name, int other, const char *new_name);

/* fstat(2), fstatat(2) without following a link (path "" means the descriptor itself). */
#define CLINUX_LAST_NANOSECOND_SECOND 9200000000 /* in 2261; and its negative, in 1678 */
struct clinux_status {
  uint64_t device, inode, links;
  int64_t size, modified, changed; /* times in ns since 1970; from the second on below, whole seconds follow */
  uint32_t mode, owner, group;
};
int clinux_status(int directory, const char *path, struct clinux_status *status);

/* fgetxattr(2), fsetxattr(2), fremovexattr(2): an attribute of an open file or directory. */
ssize_t clinux_get_attribute(int descriptor, const char *name, void *buffer, size_t size);
int clinux_set_attribute(int descriptor, const char *name, const void *bytes, size_t count);
int clinux_remove_attribute(int descriptor, const char *name);

/* setfsuid(2): with whose rights the calling thread reaches files; the effective user where that may not be asked. */
uint32_t clinux_file_user(void);

/* name_to_handle_at(2) of the descriptor itself (path "") or of a name; the length of the handle, its type first. */
int clinux_file_handle(int directory, const char *path, uint8_t *bytes, size_t capacity);

/* fcntl(2) F_SETLEASE F_RDLCK, then F_UNLCK at once: fcntl is variadic. */
int clinux_try_read_lease(int descriptor);

/* getdents64(2). */
ssize_t clinux_read_directory(int descriptor, void *buffer, size_t size);

/* eventfd(2), non-blocking, and its two uses. */
int clinux_eventfd(void);
int clinux_eventfd_signal(int descriptor);
int clinux_eventfd_clear(int descriptor);

/* timerfd_create(2) on the clock that goes on while the machine sleeps, non-blocking, and its uses. */
int clinux_timer(void);
int clinux_set_timer(int descriptor, int64_t nanoseconds); /* from now, more than 0 */
int clinux_clear_timer(int descriptor);

/* timerfd_create(2), TFD_TIMER_CANCEL_ON_SET: readable once the wall clock was set, until it is watched anew. */
int clinux_clock_watch(void);
int clinux_watch_clock(int descriptor);

/* fstatfs(2): f_type. */
int clinux_filesystem_magic(int descriptor, int64_t *magic);

/* statx(2): 1 where the directory is the root of a mount, else 0. Before Linux 5.8 a bind mount counts as none. */
int clinux_is_mount_root(int descriptor);

/* setrlimit(2) RLIMIT_NOFILE: raises the soft limit to the hard one; answers it. */
int64_t clinux_raise_descriptor_limit(void);

/* sigaction(2): SIGIO is ignored from now on. */
int clinux_ignore_lease_breaks(void);

/* ioctl(2) TIOCGWINSZ: variadic. */
int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows);

/* setgroups(2), setfsgid(2), setfsuid(2) of the calling thread alone: glibc's setgroups changes every thread. */
int clinux_become_file_user(uint32_t user, uint32_t group, const uint32_t *groups, size_t count);

/* sigaction(2): a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT) is told on standard error, with the calls that
   led to it, before it ends the process as it would have. */
int clinux_report_faults(void);

/* Where the first line of that is kept too, ending with a zero: memory that outlives the process. NULL: nowhere. */
void clinux_keep_fault(char *place, size_t size);

/* Runs the body with a stack aside, so that a fault can be told even where the thread's own stack overflowed. */
void *clinux_run_with_fault_stack(void *(*body)(void *), void *argument);

/* pthread_create(3) with every signal blocked but those of a fault. Answers the error instead of errno. */
int clinux_start_thread(void *(*body)(void *), void *argument, uint64_t *thread);
int clinux_join_thread(uint64_t thread);
int clinux_detach_thread(uint64_t thread);

/* pthread_setname_np(3) of the calling thread: at most 15 bytes. */
void clinux_name_thread(const char *name);

/* posix_spawnp(3) of argv[0] in a process group of its own, with default signals, without our capabilities, and with no
   descriptor but its input (-1 for none) and its output, of which `output` is the reading end. The calling thread loses
   its ambient capabilities. The pid, or the negated error. */
pid_t clinux_spawn(char *const *argv, char *const *envp, int input, int *output);

/* memfd_create(2) with these bytes in it, to be read from the start. */
int clinux_memory_file(const void *bytes, size_t count);

/* posix_spawn(3) of this very program, under the name argv[0], with an empty environment and three descriptors: `socket`
   as its input, `content` as its output, nothing as its error. Otherwise like clinux_spawn. */
pid_t clinux_spawn_self(char *const *argv, int socket, int content);

/* posix_spawn(3) of this very program, under the name argv[0], with an empty environment, in the root directory, and with
   our rights: it is to see what we would see. Otherwise like clinux_spawn. */
pid_t clinux_spawn_beside(char *const *argv, int input, int *output);

/* socketpair(2): two ends that keep messages apart. */
int clinux_message_pair(int *ends);

/* Stream sockets of the AF_UNIX family, non-blocking, of which the path is no longer than sun_path: ENAMETOOLONG.
   socket(2), bind(2) and listen(2); socket(2) and connect(2); accept4(2). */
int clinux_listen_at(const char *path, int backlog);
int clinux_connect_to(const char *path);
int clinux_accept(int listening);

/* getsockopt(2) SO_PEERCRED and SO_PEERGROUPS: who connected; the supplementary groups, as many as there is room for. */
struct clinux_peer {
  uint32_t user, group;
  int32_t process;
  uint32_t groups[256];
  size_t group_count;
};
int clinux_peer(int socket, struct clinux_peer *peer);

/* send(2) MSG_DONTWAIT|MSG_NOSIGNAL. */
ssize_t clinux_send_now(int socket, const void *bytes, size_t count);

/* memfd_create(2) of so many bytes, mapped here to be written; who gets the descriptor can map it to be read alone. */
int clinux_shared_memory(size_t size, void **mapping);

/* prctl(2) PR_SET_PDEATHSIG: SIGKILL when the thread that started this process ends; ESRCH where `parent` is gone. */
int clinux_end_with_parent(pid_t parent);

/* For the rest of this process, which has one thread: no privileges, no descriptor more, so many bytes of memory and
   seconds of processor more, and by seccomp(2) no system call but those that use memory, read or write descriptor 0,
   or end it. Others fail with EPERM. */
int clinux_confine(uint64_t memory, uint64_t seconds);

/* sem_clockwait(3) on CLOCK_MONOTONIC, which Glibc's headers show with _GNU_SOURCE alone. */
int clinux_wait_until(sem_t *semaphore, int64_t nanoseconds);

/* pidfd_open(2). */
int clinux_pidfd(pid_t pid);

/* waitpid(2): the exit status, or 128 and the signal that ended it; -1 for a process that cannot be waited for. */
int clinux_reap(pid_t pid);

/* waitpid(2) without waiting: 1 if it had ended, or cannot be waited for; 0 if it is still there. */
int clinux_reap_ended(pid_t pid);

/* getxattr(2): links are followed. */
ssize_t clinux_read_attribute(const char *path, const char *name, void *buffer, size_t size);

/* prctl(2) PR_SET_DUMPABLE: no other process of our user reads our memory or environment, and no core is written. */
int clinux_close_to_others(void);

/* Overwrites the value of a variable where it lies, which /proc/PID/environ shows, and removes it. */
void clinux_forget_variable(const char *name);

/* "ENOENT" and "No such file or directory": static strings, or NULL. */
const char *clinux_error_name(int code);
const char *clinux_error_text(int code);

#endif
