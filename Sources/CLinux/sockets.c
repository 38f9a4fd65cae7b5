#define _GNU_SOURCE

#include "CLinux.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A kernel before 4.13 has no SO_PEERGROUPS; a C library may know it by another header only. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static int address_of(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address->sun_path, path);
  return 0;
}

static int close_with(int descriptor, int error) {
  close(descriptor);
  errno = error;
  return -1;
}

int clinux_listen_at(const char *path, int backlog) {
  struct sockaddr_un address;
  if (address_of(path, &address) != 0) return -1;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return close_with(descriptor, errno);
  if (listen(descriptor, backlog) != 0) return close_with(descriptor, errno);
  return descriptor;
}

int clinux_connect_to(const char *path) {
  struct sockaddr_un address;
  if (address_of(path, &address) != 0) return -1;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return close_with(descriptor, errno);
  return descriptor;
}

int clinux_accept(int listening) { return accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int clinux_peer(int socket, struct clinux_peer *peer) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  memset(peer, 0, sizeof *peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  peer->user = credentials.uid;
  peer->group = credentials.gid;
  peer->process = credentials.pid;
  size = sizeof peer->groups;
  /* More groups than there is room for (ERANGE) count as none. */
  if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &size) == 0) {
    peer->group_count = size / sizeof peer->groups[0];
  }
  return 0;
}

ssize_t clinux_send_now(int socket, const void *bytes, size_t count) {
  return send(socket, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}
