import HTTPTransport
import Synchronization
import SystemSupport

/// For each folder, where the bodies of its files are read: a share that hangs keeps its own thread waiting alone.
package final class BodyReaders: Sendable {
  private let readers = Mutex<[String: BodyReader]>([:])

  package init() {}

  /// That of the folder of this name, made at the first call.
  subscript(folder: String) -> BodyReader {
    readers.withLock { readers in
      if let reader = readers[folder] { return reader }
      let lane = SerialLane(named: "s3l-body")
      let reader = BodyReader { lane.run($0) }
      readers[folder] = reader
      return reader
    }
  }

  /// Descriptors that are let go of, and that shares which do not answer keep open.
  var lingering: Int { readers.withLock { $0.values.reduce(0) { $0 + $1.lingering } } }
}
