import Glibc

/// The name of this machine, as records and object metadata carry it.
package enum HostName {
  /// `gethostname(2)`; at most 64 characters on Linux.
  package static let current: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }()
}
