import HTTPTransport

/// What a delivery's requests send: the bytes of a small file, or a large one held open from hashing to the answer.
enum FileContent: Sendable {
  case bytes([UInt8])
  case file(BodyFile)

  /// The whole file of `size` bytes as a request's body.
  func body(size: Int64) -> RequestBody { body(offset: 0, length: size) }

  /// A part of it as a request's body.
  func body(offset: Int64, length: Int64) -> RequestBody {
    switch self {
    case .bytes(let bytes) where offset == 0 && length == bytes.count: .bytes(bytes)
    case .bytes(let bytes): .bytes(Array(bytes[Int(offset)..<Int(offset + length)]))
    case .file(let file): .file(file, offset: offset, length: length)
    }
  }
}
