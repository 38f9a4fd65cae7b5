import ControlSocket
package import DaemonConfiguration
import DeliveryModel
import Folders
import SystemSupport

/// How the descriptors that this process may have are shared out, so that there is always one left.
///
/// They must never run out: once a second libdispatch opens a file below `/proc` for each of its threads, and ends the
/// process where it cannot (`_dispatch_workq_count_runnable_workers` in its `event/workqueue.c`).
package struct DescriptorBudget: Sendable, Equatable {
  /// Files that are sent from their descriptors, each held until the answer.
  let contents: Int
  /// Connections; as many again may rest.
  package let connections: Int
  /// Clients of the control socket at once.
  package let clients: Int

  /// What the daemon needs whatever it delivers.
  static let base = 48
  /// Each folder: its root, its kernel queue, what wakes its thread; the directory and the file of a scan; the root and the
  /// file of a reading; and what a move holds.
  static let perFolder = 3 + 2 + 2 + FollowUps.descriptors
  /// A connection or a program, while somebody is told of an alert.
  static let perReceiver = 6
  /// Below this it would hardly deliver.
  static let least = 16

  /// For a configuration, with all descriptors that the process may have.
  package init(for configuration: Configuration) throws {
    try self.init(
      limit: ResourceLimits.raiseOpenFiles(), folders: configuration.folders.count,
      receivers: configuration.alerts.policy?.channels.count ?? 0)
  }

  /// `limit`: how many descriptors may be open at once (`RLIMIT_NOFILE`). `receivers` of alerts.
  package init(limit: Int, folders: Int, receivers: Int = 0) throws(TooFewDescriptors) {
    let needed = Self.base + Self.perFolder * folders + Self.perReceiver * receivers
    guard limit >= needed + Self.least else {
      throw TooFewDescriptors(limit: limit, needed: needed + Self.least)
    }
    let spare = limit - needed
    // Two are in what it needs whatever it delivers; more where there is room for more than the least.
    let more = min(ControlServer.mostClients - 2, (spare - Self.least) / 4)
    clients = 2 + more
    contents = (spare - more) / 2
    connections = (spare - more) / 4
  }
}

/// The limit of open files is too low to work with.
package struct TooFewDescriptors: Error, Sendable, Equatable, CustomStringConvertible {
  let limit: Int
  let needed: Int

  package var description: String {
    """
    only \(limit) files may be open at once, and the daemon needs \(needed) with its folders; raise LimitNOFILE= in the \
    unit, or 'ulimit -n' in a shell
    """
  }
}
