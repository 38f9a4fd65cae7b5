import DeliveryModel
import Dispatch
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Delivery

struct TwofoldReadingTests {
  @Test(
    "both users get every byte once and in order, wherever the file ends",
    arguments: [0, 1, 49, 50, 51, 99, 100, 101, 149, 150, 151, 200, 1234])
  func everyByte(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
    let inbox = try TemporaryDirectory()
    try inbox.write(bytes, to: "large")
    let file = try RootDirectory(inbox.path).openFile(RelativePath(unchecked: Array("large".utf8)))
    var reading = TwofoldReading(file, chunks: 100)
    var first: [UInt8] = []
    nonisolated(unsafe) var second: [UInt8] = []
    try reading.run(beside: DispatchQueue(label: "beside")) {
      first += $0
    } second: {
      second += $0
    }
    #expect(first == bytes && second == bytes)
  }

  @Test("a file that grew has no end, but the reading has", arguments: [0, 99, 100, 250])
  func bounded(limit: Int64) throws {
    let inbox = try TemporaryDirectory()
    try inbox.write("", to: "large")
    #expect(truncate(inbox.path + "/large", 1 << 40) == 0)
    let path = RelativePath(unchecked: Array("large".utf8))
    let file = try RootDirectory(inbox.path).openFile(path)
    var reading = TwofoldReading(file, chunks: 100, upTo: limit)
    var (first, chunks): (Int64, Int64) = (0, 0)
    try reading.run(beside: DispatchQueue(label: "beside")) {
      first += Int64($0.count)
    } second: { _ in
    }
    try file.readChunks(of: 100, upTo: limit) { chunks += Int64($0.count) }
    #expect(first == limit / 100 * 100 + 100 && chunks == first)
  }

  @Test("what cannot be read is an error, not an end")
  func unreadable() throws {
    let inbox = try TemporaryDirectory()
    let directory = OwnedDescriptor(owning: open(inbox.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    var reading = TwofoldReading(directory, chunks: 100)
    #expect(throws: SystemCallError.self) {
      try reading.run(beside: DispatchQueue(label: "beside"), first: { _ in }, second: { _ in })
    }
  }
}
