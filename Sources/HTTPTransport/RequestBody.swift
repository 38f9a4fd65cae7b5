/// What a request sends after its headers. The length is always known beforehand, so nothing is sent chunked.
package enum RequestBody: Sendable {
  case none
  /// Sent from memory.
  case bytes([UInt8])
  /// Sent from memory that others may send from, too.
  case memory(BodyMemory)
  /// Read while it is sent; held open until nothing of it is being read. `offset` and `length` in bytes.
  case file(BodyFile, offset: Int64, length: Int64)

  /// Bytes to send.
  package var length: Int64 {
    switch self {
    case .none: 0
    case .bytes(let bytes): Int64(bytes.count)
    case .memory(let memory): Int64(memory.count)
    case .file(_, _, let length): length
    }
  }
}
