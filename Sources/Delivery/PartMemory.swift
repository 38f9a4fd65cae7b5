import DeliveryModel
import HTTPTransport
import Synchronization
import SystemSupport

/// How many bytes of parts are held between reading and the answer, for each folder. A pure value.
///
/// A folder that gets no answer leaves a part's room to others.
struct PartAllowance: Sendable, Equatable {
  let limit: Int
  let folderLimit: Int
  private var held: [String: Int] = [:]
  private(set) var total = 0

  init(limit: Int = 64 << 20, folderLimit: Int = 48 << 20) {
    self.limit = limit
    self.folderLimit = folderLimit
  }

  /// What becomes of a file that needs room for a part.
  enum Answer: Equatable {
    case room
    /// Until its folder gives something back.
    case wait
    /// Others hold it all, for as long as they like: the file is hashed first.
    case none
  }

  mutating func ask(_ bytes: Int, folder: String) -> Answer {
    let own = held[folder] ?? 0
    guard total + bytes <= limit, own == 0 || own + bytes <= folderLimit else { return own > 0 ? .wait : .none }
    held[folder] = own + bytes
    total += bytes
    return .room
  }

  mutating func giveBack(_ bytes: Int, folder: String) {
    let own = (held[folder] ?? 0) - bytes
    held[folder] = own > 0 ? own : nil
    total -= bytes
  }
}

/// The memory of the parts that are read ahead and in flight, for all files together. Nobody blocks for it.
final class PartMemory: Sendable {
  private struct State {
    var allowance = PartAllowance()
    /// In the order in which they asked.
    var waiting: [Request] = []
    /// Kept while others are in use: to ask the system for them anew costs as much as to read into them.
    var free: [Room] = []

    mutating func room(of count: Int) -> Room {
      if let index = free.firstIndex(where: { $0.bytes.count == count }) { return free.remove(at: index) }
      // Those of another size would be held beyond the limit.
      releaseFree()
      return Room(bytes: .allocate(byteCount: count, alignment: 4096))
    }

    mutating func releaseFree() {
      for room in free { room.bytes.deallocate() }
      free = []
    }

    /// What becomes of a request now; nil where it waits.
    mutating func answer(_ request: Request) -> Room?? {
      guard request.stream.isWanted else { return .some(nil) }
      switch allowance.ask(request.count, folder: request.folder) {
      case .room: return .some(room(of: request.count))
      case .wait: return nil
      case .none: return .some(nil)
      }
    }
  }

  /// Memory with one owner at a time.
  private struct Room: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
  }

  private struct Request {
    let count: Int
    let folder: String
    let stream: PartStream
    let goOn: @Sendable (BodyMemory?) -> Void
  }

  private let state = Mutex(State())

  /// The largest part that is sent from memory.
  static let largest: Int64 = 64 << 20

  /// Asks for the room of a part. `goOn` is called once, on any thread: with nil where the upload does not go on, or others hold it all. It returns
  /// at once.
  func ask(
    for count: Int, folder: String, stream: PartStream, _ goOn: @escaping @Sendable (BodyMemory?) -> Void
  ) {
    let request = Request(count: count, folder: folder, stream: stream, goOn: goOn)
    let answer: Room?? = state.withLock { state in
      // Files of one folder take turns.
      let answer = state.waiting.contains { $0.folder == folder } && stream.isWanted ? nil : state.answer(request)
      if answer == nil { state.waiting.append(request) }
      return answer
    }
    if let answer { give(answer, to: request) }
  }

  /// Answers those that wait, as far as they can be answered now: some room is free, or an upload does not go on.
  func review() {
    let answered = state.withLock { state in
      var answered: [(Request, Room?)] = []
      var waiting: [Request] = []
      for request in state.waiting {
        if let answer = state.answer(request) { answered.append((request, answer)) } else { waiting.append(request) }
      }
      state.waiting = waiting
      return answered
    }
    for (request, room) in answered { give(room, to: request) }
  }

  private func give(_ room: Room?, to request: Request) {
    let folder = request.folder
    request.goOn(room.map { BodyMemory($0.bytes) { [self] in giveBack($0, folder: folder) } })
  }

  private func giveBack(_ room: UnsafeMutableRawBufferPointer, folder: String) {
    let room = Room(bytes: room)
    state.withLock { state in
      state.allowance.giveBack(room.bytes.count, folder: folder)
      state.free.append(room)
      if state.allowance.total == 0 { state.releaseFree() }
    }
    review()
  }
}

/// The parts of one file between its reader and its requests: read, and not acknowledged yet.
///
/// Once the upload does not go on, the reader goes on alone, and hashes what is left as for a file that is hashed first.
final class PartStream: Sendable {
  private let parts = Mutex<[Int: BodyMemory]>([:])
  private let wanted = Atomic(true)
  private let onLetGo: @Sendable () -> Void

  /// `onLetGo` is called each time somebody says that the upload does not go on.
  init(onLetGo: @escaping @Sendable () -> Void = {}) {
    self.onLetGo = onLetGo
  }

  /// Whether parts are kept to be sent.
  var isWanted: Bool { wanted.load(ordering: .acquiring) }

  /// The upload does not go on.
  func letGo() {
    wanted.store(false, ordering: .releasing)
    onLetGo()
  }

  func keep(_ part: Int, _ memory: BodyMemory) { parts.withLock { $0[part] = memory } }

  /// What a request for the part sends.
  func memory(of part: Int) -> BodyMemory? { parts.withLock { $0[part] } }

  /// S3 has it, or nobody will ask for it.
  func release(_ part: Int) { _ = parts.withLock { $0.removeValue(forKey: part) } }

  /// What was not acknowledged when the upload did not go on.
  func takeAll() -> [Int: BodyMemory] {
    parts.withLock { parts in
      defer { parts = [:] }
      return parts
    }
  }
}

/// A part that was read, or the first one and with it what the upload is to be.
package struct ReadPart: Sendable {
  var delivery: Int64
  var part: Int
  var checksums: PartChecksums
  /// With the first one.
  var begins: AheadUpload?
  let stream: PartStream
}

/// What is known of a part once it is read.
struct PartChecksums: Sendable, Equatable {
  /// Nil where it is sent over TLS and its CRC-64/NVME is enough.
  var sha256: SHA256Digest?
  var crc64: CRC64Checksum?
}

/// What an upload is to be that begins before its file is read to the end.
struct AheadUpload: Sendable, Equatable {
  var target: UploadTarget
  var partSize: Int64
}
