#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The mount that a descriptor is on; its device before Linux 5.8, where a bind mount counts as none. */
static int mount_of(int descriptor, uint64_t *mount) {
  struct statx found;
  if (statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &found) != 0) return -1;
  *mount = found.stx_mask & STATX_MNT_ID ? found.stx_mnt_id : (uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor;
  return 0;
}

/* One name in a directory, on the same mount. */
static int open_step(int directory, const char *name, int flags, uint64_t mount) {
  struct stat status;
  uint64_t own;
  int found = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC);
  if (found < 0) {
    /* With O_DIRECTORY a symbolic link is no directory; openat2(2) calls it what it is. */
    if (errno == ENOTDIR && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
      errno = S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
    return -1;
  }
  int error = mount_of(found, &own) != 0 ? errno : own != mount ? EXDEV : 0;
  if (error == 0) return found;
  close(found);
  errno = error;
  return -1;
}

/* What openat2(2) does in one call, name by name: no link is followed, no mount crossed, and ".." is no name. */
static int walk_beneath(int directory, const char *path, int flags) {
  char name[NAME_MAX + 1];
  uint64_t mount;
  int here = directory;
  if (*path == '/') {
    errno = EXDEV;
    return -1;
  }
  if (mount_of(directory, &mount) != 0) return -1;
  for (;;) {
    size_t length = strcspn(path, "/");
    const char *rest = path + length;
    while (*rest == '/') rest++;
    int error = length > NAME_MAX ? ENAMETOOLONG : length == 0 ? ENOENT : 0, next = -1;
    if (error == 0) {
      memcpy(name, path, length);
      name[length] = 0;
      if (strcmp(name, "..") == 0) error = EXDEV;
    }
    if (error == 0) {
      next = open_step(here, name, *rest ? O_PATH | O_DIRECTORY : flags, mount);
      if (next < 0) error = errno;
    }
    if (here != directory) close(here);
    errno = error;
    if (error != 0) return -1;
    if (!*rest) return next;
    here = next;
    path = rest;
  }
}

static int open_beneath(int directory, const char *path, int flags) {
  /* RestrictSUIDSGID= of systemd takes openat2(2) away: its filter cannot see the mode that a call passes. */
  static atomic_bool missing;
  struct open_how how = {
      .flags = (uint64_t)flags | O_NOFOLLOW | O_CLOEXEC,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
  };
  if (!atomic_load_explicit(&missing, memory_order_relaxed)) {
    int found = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (found >= 0 || errno != ENOSYS) return found;
    atomic_store_explicit(&missing, 1, memory_order_relaxed);
  }
  return walk_beneath(directory, path, flags);
}

int clinux_open_file_beneath(int directory, const char *path) {
  return open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

int clinux_open_directory_beneath(int directory, const char *path) {
  return open_beneath(directory, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

int clinux_open_entry_beneath(int directory, const char *path) {
  return open_beneath(directory, path, O_PATH);
}

int clinux_open_location_beneath(int directory, const char *path) {
  return open_beneath(directory, path, O_PATH | O_DIRECTORY);
}
