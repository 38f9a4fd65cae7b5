import CCurl
import Glibc

// libcurl calls these on the transport's thread, inside `perform`, with the transfer as context. They return at once.

extension Transfer {
  /// What the read callback answers.
  enum Sending { case bytes(Int), pause, abort }

  /// What the body waits for, if it does.
  enum Pause: Equatable {
    case none, bandwidth
    /// The disk of its file, since then; nanoseconds.
    case disk(since: UInt64)
  }

  /// Ties the handle's callbacks to this transfer, which owns the handle and so outlives it.
  func installCallbacks() throws(TransportError) {
    try handle.set(CURLOPT_PRIVATE, context: self)
    try handle.set(CURLOPT_HEADERDATA, context: self)
    try handle.set(CURLOPT_WRITEDATA, context: self)
    try handle.set(CURLOPT_READDATA, context: self)
    try handle.set(CURLOPT_SEEKDATA, context: self)
    try handle.set(CURLOPT_SOCKOPTDATA, context: self)
    try handle.set(CURLOPT_PREREQDATA, context: self)
    // A connection outlives the transfer that opened it.
    try handle.set(CURLOPT_CLOSESOCKETDATA, context: shared.sockets)
    try handle.set(CURLOPT_HEADERFUNCTION, function: takeHeaderLine)
    try handle.set(CURLOPT_WRITEFUNCTION, function: takeBody)
    try handle.set(CURLOPT_READFUNCTION, function: giveBody)
    try handle.setSeekFunction(rewindBody)
    try handle.setSocketFunction(noteSocket)
    try handle.setCloseFunction(closeSocket)
    try handle.setRequestFunction(noteRequest)
  }
}

private func transfer<Result>(_ context: UnsafeMutableRawPointer?, _ body: (Transfer) -> Result) -> Result? {
  context.map { Unmanaged<Transfer>.fromOpaque($0)._withUnsafeGuaranteedRef(body) }
}

/// CURLOPT_HEADERFUNCTION(3): any result but the count of bytes ends the transfer.
private func takeHeaderLine(
  data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
  return transfer(context) { $0.receive(headerLine: bytes) } == true ? bytes.count : -1
}

/// CURLOPT_WRITEFUNCTION(3): as above.
private func takeBody(
  data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
  return transfer(context) { $0.receive(body: bytes) } == true ? bytes.count : -1
}

/// CURLOPT_READFUNCTION(3): how many bytes were put into `data`, 0 at the end, or a request to pause or abort.
private func giveBody(
  data: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
  let room = UnsafeMutableRawBufferPointer(start: data, count: size * count)
  return switch transfer(context, { $0.send(into: room) }) {
  case .bytes(let count): count
  case .pause: Int(CURL_READFUNC_PAUSE)
  case .abort, nil: Int(CURL_READFUNC_ABORT)
  }
}

/// CURLOPT_SEEKFUNCTION(3): libcurl sends the body again because a reused connection turned out to be closed.
private func rewindBody(context: UnsafeMutableRawPointer?, offset: curl_off_t, origin: Int32) -> Int32 {
  guard origin == 0 else { return Int32(CURL_SEEKFUNC_FAIL) }
  return transfer(context) { $0.rewind(to: Int64(offset)) } == true
    ? Int32(CURL_SEEKFUNC_OK) : Int32(CURL_SEEKFUNC_FAIL)
}

/// CURLOPT_SOCKOPTFUNCTION(3): a socket was made.
private func noteSocket(context: UnsafeMutableRawPointer?, socket: curl_socket_t, purpose: curlsocktype) -> Int32 {
  _ = transfer(context) { $0.opened(socket: socket) }
  return Int32(CURL_SOCKOPT_OK)
}

/// CURLOPT_CLOSESOCKETFUNCTION(3): closes it.
private func closeSocket(context: UnsafeMutableRawPointer?, socket: curl_socket_t) -> Int32 {
  context.map { Unmanaged<SocketRegistry>.fromOpaque($0)._withUnsafeGuaranteedRef { $0.forget(socket) } }
  return close(socket)
}

/// CURLOPT_PREREQFUNCTION(3): the request is about to go out over a connection.
private func noteRequest(
  context: UnsafeMutableRawPointer?, address: UnsafeMutablePointer<CChar>?, localAddress: UnsafeMutablePointer<CChar>?,
  port: Int32, localPort: Int32
) -> Int32 {
  let remote = address.map { String(cString: $0) } ?? ""
  let ends = SocketRegistry.Ends(localPort: localPort, remotePort: port, remoteAddress: remote)
  return transfer(context) { $0.mayStart(over: ends) } == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}
