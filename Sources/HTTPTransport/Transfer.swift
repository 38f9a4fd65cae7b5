/// One place for an exchange under way: a libcurl handle with what belongs to the present exchange. It is used again for
/// the next one. Lives on the transport's thread.
final class Transfer {
  let handle: EasyHandle
  let shared: SharedState
  let configuration: TransportConfiguration

  private(set) var ticket = Ticket.none
  /// Which of all attempts to send a request is the present one.
  private(set) var attempt: UInt64 = 0
  private var pause = Pause.none {
    didSet { shared.pausedCount += (pause == .bandwidth ? 1 : 0) - (oldValue == .bandwidth ? 1 : 0) }
  }
  /// Whether it waits for bandwidth.
  var isPaused: Bool { pause == .bandwidth }
  private(set) var share = Share()
  /// Kept to be sent once more.
  private var request: HTTPRequest?
  private var url = ""
  private var source: BodySource?
  private var bodyLength: Int64 = 0
  private var responseLimit = 0
  private var head = ResponseHead()
  private var secrets = RequestSecrets()
  private var body: [UInt8] = []
  private var timeLimit: Duration?
  private var received = 0
  /// How often the request went out: libcurl sends it again by itself where a reused connection ended without an answer.
  private var sends = 0
  /// What a callback found wrong; libcurl itself only knows that the callback refused.
  private var failure: TransportError?
  private var stall: StallMark
  /// Set once the whole request has left.
  private var answerWait: AnswerWait?
  /// What the present attempt goes over; nil before it begins, and where libcurl does not tell.
  private var connection: SocketRegistry.Connection?
  /// When the present attempt began to be sent; nanoseconds.
  private var startedAt: UInt64 = 0
  /// The connection that libcurl chose was not to be used: the request is to go out over a fresh one.
  private(set) var needsFreshConnection = false

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
    request = job.request
    url = job.request.url
    bodyLength = job.request.body.length
    responseLimit = job.request.responseLimit
    timeLimit = job.request.timeLimit
    secrets = RequestSecrets(job.request)
    sends = 0
    if let problem = RequestCheck.problem(of: job.request) { throw problem }
    try prepare(job.request, now: now)
  }

  /// Makes the handle ready to be added once more, for the same request over a fresh connection.
  func beginAgain(now: UInt64) throws(TransportError) {
    guard let request else { throw .cancelled }
    try prepare(request, now: now)
    try handle.demandFreshConnection(true)
  }

  private func prepare(_ request: HTTPRequest, now: UInt64) throws(TransportError) {
    head.reset()
    body = []
    received = 0
    failure = nil
    share = Share()
    pause = .none
    stall = StallMark(timeout: configuration.stallTimeout, now: now)
    answerWait = nil
    connection = nil
    needsFreshConnection = false
    try prepare(request)
    try handle.closeAfterwards(!shared.history.mayKeep(host, now: now))
  }

  private func prepare(_ request: HTTPRequest) throws(TransportError) {
    source?.drop()
    source = nil
    attempt = shared.attemptNumber()
    let source = BodySource(request.body) { [orders = shared.orders, attempt] in
      _ = orders.post(.bodyRead(attempt: attempt))
    }
    if bodyLength < EasyHandle.inlineLimit {
      guard bodyLength > 0 || request.method == .put || request.method == .post else {
        return shared.charge(try handle.prepareWithoutBody(request))
      }
      let sent = try handle.prepare(request, inlining: Int(bodyLength)) { (room) throws(TransportError) in
        try source.fill(room)
      }
      if let sent { return shared.charge(sent + Int(bodyLength)) }
    }
    self.source = source
    shared.charge(try handle.prepare(request, streaming: bodyLength))
    shared.report(0, of: ticket)
  }

  /// Forgets the exchange: what it held is freed, the handle stays for the next.
  func finish() {
    if source != nil { shared.forget(ticket) }
    source?.drop()
    source = nil
    request = nil
    secrets = RequestSecrets()
    body = []
    pause = .none
    ticket = .none
  }

  private var host: String { URLAuthority.of(url) }

  // MARK: Callbacks

  func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    guard admit(line.count) else { return false }
    let hadBegun = head.hasBegun
    head.append(line: line)
    if head.hasBegun, !hadBegun, !mayAnswerNow() { return false }
    if head.isWhole, head.isAmbiguous { try? handle.closeAfterwards(true) }
    return true
  }

  /// Whether the answer that begins can be one to this request. One that left the other side before the whole request
  /// was there can at best be a refusal; on a used connection it may be the second answer to the request before.
  private func mayAnswerNow() -> Bool {
    guard let connection, source.map({ !$0.isAtEnd }) == true || connection.unsent > 0 else { return true }
    let isRefusal = handle.status >= 400
    if Self.isOverload(handle.status) {
      // Whosever answer it is, it only asks for patience: to repeat the request at once would be the wrong reply.
      try? handle.closeAfterwards(true)
      return true
    }
    if connection.isReused {
      if !isRefusal { shared.history.noteSurplus(of: host, now: MonotonicTime.now()) }
      needsFreshConnection = true
      return false
    }
    if isRefusal { return true }
    failure = TransportError(kind: .closed, message: "\(host) answered before it had the whole request")
    return false
  }

  private static func isOverload(_ status: Int) -> Bool { status == 429 || status >= 500 }

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
    let before = share
    let granted = shared.grant(upTo: min(room.count, source?.remaining ?? 0), &share)
    if granted == 0 {
      pause = .bandwidth
      return .pause
    }
    do throws(TransportError) {
      let portion = try source?.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<granted]))
      guard case .bytes(let count) = portion else {
        shared.giveBack(granted, &share, before)
        return try waitForDisk()
      }
      if count < granted { shared.bucket.giveBack(granted - count) }
      shared.report(source?.sent ?? 0, of: ticket)
      return .bytes(count)
    } catch {
      failure = error
      return .abort
    }
  }

  /// Throws at once where others have found that the disk does not answer.
  private func waitForDisk() throws(TransportError) -> Sending {
    if source?.reader?.isSilent == true { throw .bodyStalled(configuration.bodyTimeout) }
    pause = .disk(since: MonotonicTime.now())
    return .pause
  }

  /// Goes on with a body that waited for bandwidth.
  func resume() {
    pause = .none
    share.isTaken = false
    handle.resume()
  }

  /// Goes on with a body that waited for the disk of its file.
  func bytesCame() {
    guard case .disk = pause else { return }
    pause = .none
    handle.resume()
  }

  func rewind(to offset: Int64) -> Bool {
    source?.rewind(to: offset) ?? false
  }

  /// Whether the request may go out over this connection. libcurl may ask more than once: see `sends`.
  func mayStart(over ends: SocketRegistry.Ends) -> Bool {
    let now = MonotonicTime.now()
    connection = shared.sockets.use(ends, now: now)
    if let connection, !isClean(connection, now: now) { return false }
    sends += 1
    startedAt = now
    answerWait = nil
    return true
  }

  /// Whether nothing lies on the connection that an earlier request, or none, has left there. libcurl 7.88 would read it
  /// as the answer to this one.
  private func isClean(_ connection: SocketRegistry.Connection, now: UInt64) -> Bool {
    guard connection.isReused else {
      // After a fresh handshake TLS has more to say.
      guard url.hasPrefix("http:"), connection.arrivals == .bytes else { return true }
      failure = TransportError(kind: .closed, message: "\(host) spoke before it was asked")
      return false
    }
    let arrivals = handle.hasPendingBytes ? .bytes : connection.arrivals
    if arrivals == .bytes { shared.history.noteSurplus(of: host, now: now) }
    needsFreshConnection = arrivals != .nothing || !shared.history.mayUse(connection, to: host)
    return !needsFreshConnection
  }

  func opened(socket: Int32) {
    shared.sockets.opened(socket)
  }

  // MARK: Outcome

  /// The answer, once libcurl says the transfer is complete, without what the request told in confidence. libcurl is content
  /// with a connection that ends within the head, and with the last of several lengths.
  func response() -> Result<HTTPResponse, TransportError> {
    // S3 answers RequestTimeout, others 408, when no more of a body comes.
    if let stalled = stalledBody, [400, 408].contains(handle.status) { return .failure(stalled) }
    guard head.isWhole else {
      let message = "the connection to \(host) ended within the head of the answer"
      return .failure(TransportError(kind: .closed, message: message))
    }
    let headers = head.headers()
    guard ResponseHead.agreeOnLength(headers) else {
      let message = "the answer of \(host) has several lengths and cannot be told from what follows it"
      return .failure(TransportError(kind: .closed, message: message))
    }
    var response = HTTPResponse(status: handle.status, headers: headers, body: body, wasSentAgain: sends > 1)
    secrets.remove(from: &response, head: head.bytes, &shared.secrets)
    return .success(response)
  }

  /// The failure that made libcurl end the transfer with `code`.
  func error(_ code: CurlFailure) -> TransportError {
    failure ?? stalledBody
      ?? code.error(
        host: host, detail: handle.failureText, systemError: handle.systemError, proxyStatus: handle.proxyStatus,
        timeLimit: timeLimit, connectTimeout: configuration.connectTimeout)
  }

  /// Why the other side may have lost its patience: nothing of the body came for as long as the least patient wait.
  private var stalledBody: TransportError? {
    guard case .disk(let since) = pause else { return nil }
    let time = MonotonicTime.now() - since
    let patience = min(configuration.bodyTimeout, .seconds(5))
    return time >= patience.nanoseconds ? .bodyStalled(.milliseconds(Int64(time / 1_000_000))) : nil
  }

  /// What is to become of a transfer that has waited too long.
  enum Overdue {
    case failed(TransportError)
    /// Its connection is dead; nobody has said so.
    case onDeadConnection
  }

  /// Nil if the transfer may go on. Called about once a second.
  func overdue(now: UInt64) -> Overdue? {
    // Connecting has a time limit of its own in libcurl.
    guard handle.isConnected else {
      stall.restart(now: now)
      return nil
    }
    if isUnacknowledged(now: now) {
      shared.history.noteDeath(of: host, now: now)
      return .onDeadConnection
    }
    switch pause {
    case .none: break
    case .bandwidth:
      stall.restart(now: now)
      return nil
    case .disk(let since):
      stall.restart(now: now)
      let timeout = configuration.bodyTimeout
      guard source?.reader?.isSilent(since: since, for: timeout.nanoseconds, now: now) == true else { return nil }
      return .failed(.bodyStalled(timeout))
    }
    let unsent = connection?.unsent ?? 0
    let sent = handle.sent
    // Whoever has begun to answer may have stopped reading.
    if answerWait == nil, !head.hasBegun, sent < bodyLength || unsent > 0 {
      guard stall.isStalled(total: sent - unsent, now: now) else { return nil }
      let time = configuration.stallTimeout.text
      return .failed(TransportError(kind: .timeout, message: "no progress with \(host) for \(time)"))
    }
    return answerOverdue(now: now)
  }

  /// Whether the other side has acknowledged nothing of a request that went out over a used connection.
  private func isUnacknowledged(now: UInt64) -> Bool {
    guard let connection, connection.isReused, received == 0, now > startedAt else { return false }
    let age = now - startedAt
    guard age >= configuration.deadConnectionTimeout.nanoseconds, let silence = connection.sinceAcknowledgement
    else { return false }
    // The kernel counts in ticks of some milliseconds.
    return silence.nanoseconds + 20_000_000 >= age && connection.unsent > 0
  }

  private func answerOverdue(now: UInt64) -> Overdue? {
    var wait =
      answerWait
      ?? AnswerWait(timeout: request?.answerTimeout ?? configuration.answerTimeout, received: received, now: now)
    let verdict = wait.verdict(received: received, now: now)
    answerWait = wait
    let message: String
    switch verdict {
    case .goesOn: return nil
    case .silent: message = "\(host) took the whole request and has sent nothing for \(wait.timeout.text)"
    case .endless: message = "no complete answer from \(host) within \(wait.longest.text)"
    }
    return .failed(TransportError(kind: .timeout, message: message))
  }
}
