import DeliveryModel
import Dispatch
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import Daemon

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
