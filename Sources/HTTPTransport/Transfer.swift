/// One place for an exchange under way: a libcurl handle with what belongs to the present exchange. It is used again for
/// the next one. Lives on the transport's thread.
final class Transfer {
  /// What the read callback answers.
  enum Sending { case bytes(Int), pause, abort }

  let handle: EasyHandle
  private let shared: SharedState
  private let configuration: TransportConfiguration

  private(set) var ticket = Ticket.none
  /// Set while it waits for bandwidth.
  private(set) var isPaused = false {
    didSet { shared.pausedCount += (isPaused ? 1 : 0) - (oldValue ? 1 : 0) }
  }
  private(set) var share = Share()
  private var url = ""
  private var source: BodySource?
  private var bodyLength: Int64 = 0
  private var responseLimit = 0
  private var head = ResponseHead()
  private var body: [UInt8] = []
  private var timeLimit: Duration?
  private var received = 0
  /// How often the request went out: libcurl sends it again by itself where a reused connection ended without an answer.
  private var sends = 0
  /// What a callback found wrong; libcurl itself only knows that the callback refused.
  private var failure: TransportError?
  private var stall: StallMark
  /// When the whole request had left; nanoseconds, 0 before.
  private var answerAwaited: UInt64 = 0

  init(configuration: TransportConfiguration, shared: SharedState) throws(TransportError) {
    handle = try EasyHandle(configuration: configuration)
    self.configuration = configuration
    self.shared = shared
    stall = StallMark(timeout: configuration.stallTimeout, now: 0)
    try installCallbacks()
  }

  /// Makes the handle ready to be added to the multi handle. `now` in nanoseconds.
  func begin(_ job: Job, now: UInt64) throws(TransportError) {
    ticket = job.ticket
    url = job.request.url
    bodyLength = job.request.body.length
    responseLimit = job.request.responseLimit
    timeLimit = job.request.timeLimit
    head.reset()
    body = []
    received = 0
    sends = 0
    failure = nil
    share = Share()
    stall = StallMark(timeout: configuration.stallTimeout, now: now)
    answerAwaited = 0
    if let problem = RequestCheck.problem(of: job.request) { throw problem }
    try prepare(job.request)
  }

  private func prepare(_ request: HTTPRequest) throws(TransportError) {
    let source = BodySource(request.body)
    let sent: Int
    if bodyLength >= EasyHandle.inlineLimit {
      self.source = source
      sent = try handle.prepare(request, streaming: bodyLength)
      shared.report(0, of: ticket)
    } else if bodyLength > 0 || request.method == .put || request.method == .post {
      sent =
        Int(bodyLength)
        + (try handle.prepare(request, inlining: Int(bodyLength)) { (room) throws(TransportError) in
          try source.fill(room)
        })
    } else {
      sent = try handle.prepareWithoutBody(request)
    }
    shared.charge(sent)
  }

  /// Forgets the exchange: what it held is freed, the handle stays for the next.
  func finish() {
    if source != nil { shared.forget(ticket) }
    source = nil
    body = []
    isPaused = false
    ticket = .none
  }

  private var host: String { URLAuthority.of(url) }

  // MARK: Callbacks

  func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    guard admit(line.count) else { return false }
    head.append(line: line)
    return true
  }

  func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    guard admit(bytes.count) else { return false }
    body.append(contentsOf: bytes)
    return true
  }

  private func admit(_ count: Int) -> Bool {
    received += count
    if received <= responseLimit { return true }
    failure = TransportError(
      kind: .responseTooLarge, message: "the answer of \(host) exceeds \(responseLimit) bytes and was cut off")
    return false
  }

  func send(into room: UnsafeMutableRawBufferPointer) -> Sending {
    guard source?.isAtEnd == false else { return .bytes(0) }
    let granted = shared.grant(upTo: min(room.count, source?.remaining ?? 0), &share)
    if granted == 0 {
      isPaused = true
      return .pause
    }
    do throws(TransportError) {
      try source?.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<granted]))
    } catch {
      failure = error
      return .abort
    }
    shared.report(source?.sent ?? 0, of: ticket)
    return .bytes(granted)
  }

  /// Goes on with a body that waited for bandwidth.
  func resume() {
    isPaused = false
    share.isTaken = false
    handle.resume()
  }

  func rewind(to offset: Int64) -> Bool {
    source?.rewind(to: offset) ?? false
  }

  func startedRequest() { sends += 1 }

  func opened(socket: Int32) {
    shared.sockets.note(socket)
  }

  // MARK: Outcome

  /// The answer, once libcurl says the transfer is complete.
  func response() -> HTTPResponse {
    HTTPResponse(status: handle.status, headers: head.headers(), body: body, wasSentAgain: sends > 1)
  }

  /// The failure that made libcurl end the transfer with `code`.
  func error(_ code: CurlFailure) -> TransportError {
    failure
      ?? code.error(
        host: host, detail: handle.failureText, systemError: handle.systemError, proxyStatus: handle.proxyStatus,
        timeLimit: timeLimit, connectTimeout: configuration.connectTimeout)
  }

  /// Why the transfer must be given up now; nil if it may go on. Called about once a second.
  func overdue(now: UInt64) -> TransportError? {
    // Connecting has a time limit of its own in libcurl.
    guard handle.isConnected, !isPaused else {
      stall.restart(now: now)
      return nil
    }
    let unsent = shared.sockets.unsent(localPort: handle.localPort)
    let sent = handle.sent
    if stall.isStalled(total: sent + Int64(received) - unsent, now: now) {
      let time = configuration.stallTimeout.text
      return TransportError(kind: .timeout, message: "no progress with \(host) for \(time)")
    }
    return answerOverdue(isSent: sent >= bodyLength && unsent == 0, now: now)
  }

  private func answerOverdue(isSent: Bool, now: UInt64) -> TransportError? {
    guard isSent else { return nil }
    if answerAwaited == 0 { answerAwaited = now }
    guard now - answerAwaited >= configuration.answerTimeout.nanoseconds else { return nil }
    let time = configuration.answerTimeout.text
    return TransportError(kind: .timeout, message: "no complete answer from \(host) within \(time)")
  }
}
