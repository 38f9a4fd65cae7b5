import Glibc

/// Makes the system call `call`, again as long as a signal interrupts it; the one place that knows about `EINTR`, and where
/// a test stands in between (``FileCallSeam``).
///
/// - Throws: the error that it left in `errno`, if it answered -1.
@discardableResult
func systemCall<Answer: SignedInteger>(
  _ call: StaticString, path: @autoclosure () -> [UInt8]? = nil, _ body: () -> Answer
) throws(SystemCallError) -> Answer {
  try FileCallSeam.pass(call, path)
  while true {
    let answer = body()
    if answer != -1 { return answer }
    let code = errno
    if code != EINTR { throw SystemCallError(call: "\(call)", code: code, path: path()) }
  }
}

/// Lends `bytes` as a C string. Bytes after a NUL are not seen; the kernel's names hold none.
func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
    bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
    buffer.initializeElement(at: bytes.count, to: 0)
    guard let base = buffer.baseAddress else { return body("") }
    return body(UnsafePointer(base))
  }
}
