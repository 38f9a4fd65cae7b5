import Dispatch
import SystemSupport

/// Reads a file once for two users of every byte, who work side by side. Each also reads a half of the next chunk, so
/// that neither waits for the reading: it takes a tenth of the time that a digest takes.
struct TwofoldReading: ~Copyable {
  private typealias Chunk = UnsafeMutableRawBufferPointer

  /// Borrowed: open as long as this value is used.
  private let descriptor: Int32
  private let half: Int
  private let limit: Int64
  private var current: Chunk
  private var next: Chunk

  /// Chunks of `size` bytes, an even number; twice as much memory is held. Stops after the chunk with which there are more
  /// than `limit` bytes: a file that grows meanwhile has no end.
  init(_ descriptor: borrowing OwnedDescriptor, chunks size: Int, upTo limit: Int64 = .max) {
    self.descriptor = descriptor.number
    self.limit = limit
    half = size / 2
    current = .allocate(byteCount: size, alignment: 4096)
    next = .allocate(byteCount: size, alignment: 4096)
  }

  deinit {
    current.deallocate()
    next.deallocate()
  }

  /// Reads from the beginning to the end. `first` is called on the calling thread, `second` on `queue`, each with every
  /// chunk in order; the bytes are valid during the call only. Throws what `pread(2)` reports.
  mutating func run(
    beside queue: DispatchQueue, first: (UnsafeRawBufferPointer) -> Void,
    second: @escaping (UnsafeRawBufferPointer) -> Void
  ) throws(SystemCallError) {
    let isDone = DispatchSemaphore(value: 0)
    // Both users have a half and a count of their own, and `wait` orders what the second wrote before what follows.
    nonisolated(unsafe) let second = second
    nonisolated(unsafe) let ahead = UnsafeMutablePointer<Filled>.allocate(capacity: 1)
    ahead.initialize(to: .success(0))
    defer { ahead.deinitialize(count: 1).deallocate() }
    var offset: Int64 = 0
    var count = try Self.fill(current, descriptor, at: offset).get()
    while count > 0, offset <= limit {
      offset += Int64(count)
      nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: current[..<count])
      nonisolated(unsafe) let rest = Chunk(rebasing: next[half...])
      let (descriptor, middle) = (descriptor, offset + Int64(half))
      queue.async {
        second(bytes)
        ahead.pointee = Self.fill(rest, descriptor, at: middle)
        isDone.signal()
      }
      first(bytes)
      let beginning = Self.fill(Chunk(rebasing: next[..<half]), descriptor, at: offset)
      isDone.wait()
      count = try beginning.get()
      if count == half { count += try ahead.pointee.get() }
      swap(&current, &next)
    }
  }

  private typealias Filled = Result<Int, SystemCallError>

  /// How many bytes there were from `offset` on, at most as many as there is room for.
  private static func fill(_ room: Chunk, _ descriptor: Int32, at offset: Int64) -> Filled {
    Filled { () throws(SystemCallError) in try OwnedDescriptor.read(descriptor, from: offset, into: room) }
  }
}
