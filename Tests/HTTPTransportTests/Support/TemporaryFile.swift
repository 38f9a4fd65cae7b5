import Glibc
import Synchronization
import SystemSupport

@testable import HTTPTransport

/// An open file without a name, gone with the value.
final class TemporaryFile: Sendable {
  let descriptor: Int32

  init(_ bytes: [UInt8]) {
    var path = Array("/tmp/transport-test-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    unlink(path)
    _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(descriptor) }

  /// The file as bodies are read from it. `asksCache`: whether what the kernel has in memory is taken without the reader.
  func opened(_ reader: BodyReader = .inPlace, asksCache: Bool = true) -> BodyFile {
    BodyFile(OwnedDescriptor(owning: dup(descriptor)), reader: reader, asksCache: asksCache)
  }

  func truncate(to length: Int) { ftruncate(descriptor, off_t(length)) }
}

/// Bytes in which every position can be told from its neighbours.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

extension BodyReader {
  /// One that does all on the caller's thread.
  static var inPlace: BodyReader {
    BodyReader {
      $0()
      return true
    }
  }
}

/// The disk of a file, that answers when a test lets it.
final class HeldDisk: Sendable {
  private final class Queue: Sendable {
    let waiting = Mutex<[@Sendable () -> Void]>([])
    let isWell = Atomic(false)
  }

  private let queue = Queue()
  /// One for each piece of work that was asked for.
  let requests: AsyncStream<Void>
  let reader: BodyReader

  init() {
    let (requests, continuation) = AsyncStream.makeStream(of: Void.self)
    self.requests = requests
    reader = BodyReader { [queue] work in
      if queue.isWell.load(ordering: .acquiring) {
        work()
        return true
      }
      queue.waiting.withLock { $0.append(work) }
      continuation.yield()
      return true
    }
  }

  /// Waits until something was asked for since the last call.
  func asked() async {
    var iterator = requests.makeAsyncIterator()
    await iterator.next()
  }

  /// Answers what was asked, and at once whatever is from now on.
  func recover() {
    queue.isWell.store(true, ordering: .releasing)
    answer()
  }

  /// Does what was asked for until now.
  func answer() {
    let work = queue.waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for piece in work { piece() }
  }
}
