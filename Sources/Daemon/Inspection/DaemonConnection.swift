package import ControlSocket
package import DaemonConfiguration
import DeliveryModel

/// The way to the running daemon of a configuration.
package enum DaemonConnection {
  /// Where its socket may be: a person's shell does not have the RUNTIME_DIRECTORY that systemd gives the service.
  static func directories(_ configuration: Configuration) -> [String] {
    let system = "/run/s3loggerd"
    return configuration.runtimeDirectory == system ? [system] : [configuration.runtimeDirectory, system]
  }

  /// There is no way.
  struct Absence: Error {
    /// Why: a ``ControlConnection/Failure``, or a ``ControlRefusal``.
    var reason: any Error = ControlConnection.Failure.nobody
    /// Where a daemon answers that is another's.
    var foreign: Set<String> = []
  }

  /// Connects to it. Blocks for ``ControlConnection/patience``.
  ///
  /// A daemon that has another configuration and another journal is none of ours.
  ///
  /// `configuration` is what its `file` says now, which a running daemon need not have in force.
  ///
  /// - Throws: ``ControlConnection/Failure``, or a ``ControlRefusal``.
  package static func open(_ configuration: Configuration, file: String) throws -> ControlConnection {
    do {
      return try find(configuration, file: file)
    } catch {
      throw error.reason
    }
  }

  static func find(_ configuration: Configuration, file: String) throws(Absence) -> ControlConnection {
    var absence = Absence()
    let (journal, file) = (resolved(configuration.journal.directory), resolved(file))
    for directory in directories(configuration) {
      do {
        let connection = try ControlConnection(path: directory + "/" + ControlProtocol.socketName)
        let greeting = connection.greeting
        if greeting.journal == journal || greeting.configuration == file { return connection }
        absence.foreign.insert(directory)
      } catch {
        if absence.reason as? ControlConnection.Failure == .nobody { absence.reason = error }
      }
    }
    throw absence
  }

  /// A path as the kernel has it, escaped.
  static func resolved(_ path: String) -> String {
    let bytes = Array(path.utf8)
    return EscapedText.escape(FolderPlace.resolve(bytes) ?? bytes)
  }
}
