import CSystemd

/// The service manager that `NOTIFY_SOCKET` names; without it, nobody, and every call is a cheap no-op.
package struct SystemdNotifier: ServiceNotifier {
  package init() {}

  /// One datagram. A socket that is absent or refuses is no reason to stop (sd_notify(3) advises to ignore it).
  package func send(_ message: NotifyMessage) {
    _ = sd_notify(0, message.text)
  }
}
