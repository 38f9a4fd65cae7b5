import HTTPTransport
import SystemSupport

/// What a delivery's requests send: the bytes of a small file, or the descriptor of a large one, held from hashing to
/// the answer. Closed with the last reference.
final class FileContent: Sendable {
  private let bytes: [UInt8]
  private let descriptor: OwnedDescriptor?

  init(bytes: [UInt8]) {
    self.bytes = bytes
    descriptor = nil
  }

  init(descriptor: consuming OwnedDescriptor) {
    bytes = []
    self.descriptor = consume descriptor
  }

  /// The whole file of `size` bytes as a request's body.
  func body(size: Int64) -> RequestBody {
    guard let number = descriptorNumber else { return .bytes(bytes) }
    return .file(descriptor: number, offset: 0, length: size)
  }

  /// A part of a large file as a request's body.
  func body(offset: Int64, length: Int64) -> RequestBody {
    guard let number = descriptorNumber else { return .bytes(Array(bytes[Int(offset)..<Int(offset + length)])) }
    return .file(descriptor: number, offset: offset, length: length)
  }

  private var descriptorNumber: Int32? {
    switch descriptor {
    case .some(let descriptor): descriptor.number
    case .none: nil
    }
  }
}
