import Glibc
import Synchronization
package import SystemSupport

/// Where files of one folder are read and closed when their disk may take its time: in order, off the transport's thread.
///
/// It notes when its disk does not answer, so that no more than the first bodies wait for that.
package final class BodyReader: Sendable {
  /// Runs work in order on a thread that may wait for a disk. Returns at once; false where the work cannot be run.
  package typealias Executor = @Sendable (_ work: @escaping @Sendable () -> Void) -> Bool

  private let executor: Executor
  /// When a piece was last begun or finished; nanoseconds of CLOCK_MONOTONIC.
  private let lastTurn = Atomic<UInt64>(0)
  private let silent = Atomic(false)
  private let closing = Atomic(0)

  package init(_ executor: @escaping Executor) {
    self.executor = executor
  }

  /// Whether a body gave up waiting, and nothing was read since.
  var isSilent: Bool { silent.load(ordering: .relaxed) }

  /// Files that nobody holds any more and that a disk which does not answer keeps open.
  package var lingering: Int { isSilent ? closing.load(ordering: .relaxed) : 0 }

  /// Whether nothing was read for so long, while somebody has waited since `start`. Nanoseconds.
  func isSilent(since start: UInt64, for timeout: UInt64, now: UInt64) -> Bool {
    let last = max(start, lastTurn.load(ordering: .relaxed))
    guard now > last, now - last >= timeout else { return false }
    silent.store(true, ordering: .relaxed)
    return true
  }

  /// Reads a piece of a file, which stays open meanwhile, and calls `whenRead` if that is waited for.
  func read(_ piece: BodyPiece, of file: BodyFile, whenRead: @escaping @Sendable () -> Void) {
    let isTaken = executor { [self] in
      turned()
      guard piece.isWanted else { return }
      let bytes = Self.read(file, at: piece.offset, piece.count)
      turned()
      if piece.finish(bytes) { whenRead() }
    }
    if !isTaken {
      let reason = SystemCallError(call: "pthread_create", code: EAGAIN).meaning
      _ = piece.finish(.failure(TransportError(kind: .unreadableBody, message: reason)))
    }
  }

  /// Closes a descriptor: that, too, may wait for the disk or the server behind it.
  func close(_ descriptor: Int32) {
    closing.add(1, ordering: .relaxed)
    _ = executor { [self] in
      do { _ = OwnedDescriptor(owning: descriptor) }
      closing.subtract(1, ordering: .relaxed)
      turned()
    }
  }

  private func turned() {
    lastTurn.store(MonotonicTime.now(), ordering: .relaxed)
    silent.store(false, ordering: .relaxed)
  }

  private static func read(_ file: BodyFile, at offset: Int64, _ count: Int) -> Result<[UInt8], TransportError> {
    do throws(SystemCallError) {
      let bytes = try OwnedDescriptor.read(file.number, from: offset, upTo: count)
      if bytes.count == count { return .success(bytes) }
      return .failure(.shortBody)
    } catch {
      return .failure(TransportError(kind: .unreadableBody, message: error.meaning))
    }
  }
}

/// A file that bodies are read from. Whoever holds it keeps it open; its reader closes it after the last.
package final class BodyFile: Sendable {
  let number: Int32
  let reader: BodyReader
  /// Whether the page cache is asked first.
  let asksCache: Bool

  package convenience init(_ descriptor: consuming OwnedDescriptor, reader: BodyReader) {
    self.init(descriptor, reader: reader, asksCache: true)
  }

  init(_ descriptor: consuming OwnedDescriptor, reader: BodyReader, asksCache: Bool) {
    number = descriptor.release()
    self.reader = reader
    self.asksCache = asksCache
  }

  deinit { reader.close(number) }
}

/// A piece of a file, from when its reader is asked for it until it is sent. The memory it is read into belongs to the
/// reading, so that a late one harms nobody.
final class BodyPiece: Sendable {
  private enum State {
    case asked(isAwaited: Bool)
    case dropped
    case read(Result<[UInt8], TransportError>)
  }

  /// In the file.
  let offset: Int64
  let count: Int
  private let state = Mutex(State.asked(isAwaited: false))

  init(offset: Int64, count: Int) {
    self.offset = offset
    self.count = count
  }

  /// Its bytes; nil while they are read: then the reader tells when they are there.
  func bytes() throws(TransportError) -> [UInt8]? {
    let result: Result<[UInt8], TransportError>? = state.withLock { state in
      switch state {
      case .read(let result): return result
      case .dropped: return nil
      case .asked:
        state = .asked(isAwaited: true)
        return nil
      }
    }
    return try result?.get()
  }

  /// Nobody wants it any more.
  func drop() { state.withLock { $0 = .dropped } }

  fileprivate var isWanted: Bool {
    state.withLock { if case .dropped = $0 { false } else { true } }
  }

  /// Whether somebody waits to be told.
  fileprivate func finish(_ result: Result<[UInt8], TransportError>) -> Bool {
    state.withLock { state in
      guard case .asked(let isAwaited) = state else { return false }
      state = .read(result)
      return isAwaited
    }
  }
}
