private import CMagic
private import Synchronization

/// libmagic's database: tells what a file is by its first bytes. Loaded once; asked by one thread at a time.
package final class MagicDatabase: Sendable {
  /// Why the database cannot be used, in the library's words.
  package struct LoadError: Error, CustomStringConvertible {
    package let description: String
  }

  /// libmagic(3): a cookie belongs to one thread at a time.
  private let cookie: Mutex<Cookie>

  private struct Cookie: ~Copyable {
    nonisolated(unsafe) let pointer: magic_t

    deinit { magic_close(pointer) }
  }

  /// How much of a file is worth looking at.
  package static let headLength = 1 << 20

  /// Blocks for the database's file (`libmagic-mgc`). Nothing is unpacked or executed to find a type.
  package init() throws {
    let flags = MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_TOKENS
    guard let pointer = magic_open(flags) else { throw LoadError(description: "no memory") }
    guard magic_load(pointer, nil) == 0 else {
      let reason = magic_error(pointer).map { String(cString: $0) } ?? "unknown"
      magic_close(pointer)
      throw LoadError(description: reason)
    }
    cookie = Mutex(Cookie(pointer: pointer))
  }

  /// The media type of a file that begins with `bytes`; nil where the library cannot say.
  package func type(of bytes: [UInt8]) -> String? {
    cookie.withLock { cookie in
      magic_buffer(cookie.pointer, bytes, min(bytes.count, Self.headLength)).map { String(cString: $0) }
    }
  }
}
