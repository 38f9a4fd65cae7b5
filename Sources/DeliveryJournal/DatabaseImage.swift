import Glibc

/// The pages of a database as its last commit left them, read without SQLite, so that what SQLite refuses as a whole can
/// still be read where it is sound: the file, and over it the committed frames of its write-ahead log.
///
/// The format: https://www.sqlite.org/fileformat2.html
struct DatabaseImage {
  /// In bytes.
  let pageSize: Int
  /// Pages are numbered from 1 to this.
  let pageCount: Int
  private let file: ReadOnlyFile
  private let log: LogFrames?

  /// Nil where the file cannot be opened.
  init?(_ path: String) {
    guard let file = ReadOnlyFile(path) else { return nil }
    let log = ReadOnlyFile(path + "-wal").flatMap { LogFrames($0) }
    let size = Self.pageSize(file.bytes(at: 0, count: 100) ?? []) ?? log?.pageSize ?? Self.usualPageSize
    self.file = file
    self.log = log?.pageSize == size ? log : nil
    pageSize = size
    pageCount = max(file.size / size, self.log?.pageCount ?? 0)
  }

  /// What SQLite makes, and so every journal of ours.
  private static let usualPageSize = 4096

  /// Nil for a page that cannot be read.
  func page(_ number: Int) -> [UInt8]? {
    guard number >= 1, number <= pageCount else { return nil }
    return log?.page(number) ?? file.bytes(at: (number - 1) * pageSize, count: pageSize)
  }

  // MARK: The header

  private static let headerSize = 100
  private static let magic = Array("SQLite format 3\0".utf8)

  private static func pageSize(_ header: [UInt8]) -> Int? {
    guard header.count == headerSize, header.starts(with: magic) else { return nil }
    let size = Int(header[16]) << 8 | Int(header[17])
    if size == 1 { return 65_536 }
    return size >= 512 && size & (size - 1) == 0 ? size : nil
  }

  /// The header of a database that this program could have written; nil for any other.
  private var header: [UInt8]? {
    guard let header = page(1)?.prefix(Self.headerSize), header.count == Self.headerSize,
      Self.pageSize(Array(header)) == pageSize
    else { return nil }
    let isKnown = (1...2).contains(header[18]) && (1...2).contains(header[19]) && header[20] == 0
    let isFixed = header[21] == 64 && header[22] == 32 && header[23] == 32
    // The schema's format, and the encoding of text: UTF-8. Both are 0 before the first table is made.
    let isOurs = header.bigEndian32(at: 44) <= 4 && header.bigEndian32(at: 56) <= 1
    return isKnown && isFixed && isOurs ? Array(header) : nil
  }

  var isHeaderSound: Bool { header != nil }

  /// `PRAGMA user_version`; nil where the header is not sound.
  var userVersion: Int? { header.map { Int($0.bigEndian32(at: 60)) } }

  /// The pages that hold nothing, as far as their list can be followed.
  func freePages() -> Set<Int> {
    var free: Set<Int> = []
    var trunk = header.map { Int($0.bigEndian32(at: 32)) } ?? 0
    while trunk != 0, free.insert(trunk).inserted, let page = page(trunk) {
      let count = min(Int(page.bigEndian32(at: 4)), pageSize / 4 - 2)
      for index in 0..<count { free.insert(Int(page.bigEndian32(at: 8 + 4 * index))) }
      trunk = Int(page.bigEndian32(at: 0))
    }
    return free
  }
}

/// The frames of a write-ahead log up to the last commit whose checksums hold.
private struct LogFrames {
  let pageSize: Int
  /// The database's size after that commit.
  let pageCount: Int
  private let file: ReadOnlyFile
  /// Where the newest content of a page stands.
  private let offsets: [Int: Int]

  private static let headerSize = 32
  private static let frameHeaderSize = 24

  /// Nil for a log that holds no commit.
  init?(_ file: ReadOnlyFile) {
    guard let header = file.bytes(at: 0, count: Self.headerSize) else { return nil }
    let magic = header.bigEndian32(at: 0)
    let size = Int(header.bigEndian32(at: 8))
    guard magic & ~1 == 0x377f_0682, size >= 512, size <= 65_536, size & (size - 1) == 0 else { return nil }
    var sum = LogChecksum(isBigEndian: magic & 1 == 1)
    sum.add(header[..<24])
    guard sum.matches(header, at: 24) else { return nil }
    var (offset, pages) = (Self.headerSize, 0)
    var (written, offsets): ([Int: Int], [Int: Int]) = ([:], [:])
    while let frame = file.bytes(at: offset, count: Self.frameHeaderSize + size) {
      guard frame[8..<16] == header[16..<24] else { break }
      sum.add(frame[..<8])
      sum.add(frame[Self.frameHeaderSize...])
      guard sum.matches(frame, at: 16) else { break }
      written[Int(frame.bigEndian32(at: 0))] = offset + Self.frameHeaderSize
      let committed = Int(frame.bigEndian32(at: 4))
      if committed > 0 {
        pages = committed
        offsets.merge(written) { $1 }
        written = [:]
      }
      offset += Self.frameHeaderSize + size
    }
    guard pages > 0 else { return nil }
    (pageSize, pageCount, self.file, self.offsets) = (size, pages, file, offsets)
  }

  func page(_ number: Int) -> [UInt8]? { offsets[number].flatMap { file.bytes(at: $0, count: pageSize) } }
}

/// The running checksum of a write-ahead log, over pairs of 32-bit words.
private struct LogChecksum {
  let isBigEndian: Bool
  private var sums: (UInt32, UInt32) = (0, 0)

  init(isBigEndian: Bool) {
    self.isBigEndian = isBigEndian
  }

  mutating func add(_ bytes: ArraySlice<UInt8>) {
    var index = bytes.startIndex
    while index + 8 <= bytes.endIndex {
      let (first, second) = (word(bytes, index), word(bytes, index + 4))
      sums.0 = sums.0 &+ first &+ sums.1
      sums.1 = sums.1 &+ second &+ sums.0
      index += 8
    }
  }

  private func word(_ bytes: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
    let word = bytes.bigEndian32(at: index - bytes.startIndex)
    return isBigEndian ? word : word.byteSwapped
  }

  func matches(_ bytes: [UInt8], at offset: Int) -> Bool {
    bytes.bigEndian32(at: offset) == sums.0 && bytes.bigEndian32(at: offset + 4) == sums.1
  }
}

/// A file that is read by place; closed with the last reference to it.
private final class ReadOnlyFile: Sendable {
  private let descriptor: Int32
  let size: Int

  init?(_ path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Exactly `count` bytes; nil where they are not there or cannot be read.
  func bytes(at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, offset + count <= size else { return nil }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized, off_t(offset + initialized))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return }
        initialized += got
      }
    }
    return bytes.count == count ? bytes : nil
  }
}

extension RandomAccessCollection<UInt8> where Index == Int {
  /// Four bytes from `offset` on, counted from the start; the caller sees to it that they are there.
  func bigEndian32(at offset: Int) -> UInt32 {
    let start = startIndex + offset
    return UInt32(self[start]) << 24 | UInt32(self[start + 1]) << 16 | UInt32(self[start + 2]) << 8
      | UInt32(self[start + 3])
  }
}
