package import DeliveryModel
import FoundationEssentials

/// What a client asks of the running daemon: one line of JSON, such as `{"v":1,"ask":"retry","numbers":[12,13]}`.
package enum ControlRequest: Sendable, Equatable {
  /// How the daemon is doing, once.
  case status
  /// The same, briefly, every second until the client leaves.
  case watch
  /// To make deliveries due now.
  case retry(RetryRequest)
  /// To end deliveries for good.
  case dismiss([Int64])
  /// To deliver a file that a built-in rule passes over.
  case take(folder: String, path: RelativePath)
  /// To say when all that lies in a folder now, or in every one, is recorded; at the latest after `timeout`.
  case wait(folder: String?, timeout: Duration?)

  /// What a client must be allowed to do for it.
  package var need: ControlAccess {
    switch self {
    case .status, .watch, .wait: .reading
    case .retry, .dismiss, .take: .orders
    }
  }

  /// Deliveries in one request.
  package static let numberLimit = 1000

  /// Reads one line, without its end. Members that are not known are passed over.
  package init(line: [UInt8]) throws(ControlRefusal) {
    let form: Form
    do {
      form = try ControlProtocol.decode(Form.self, line)
    } catch {
      throw ControlRefusal(
        .badRequest, "this is no request: a line is a JSON object such as {\"v\":1,\"ask\":\"status\"}")
    }
    guard form.v == ControlProtocol.version else {
      throw ControlRefusal(.badVersion, "this daemon speaks version \(ControlProtocol.version), not \(form.v)")
    }
    switch form.ask {
    case "status": self = .status
    case "watch": self = .watch
    case "retry": self = .retry(try form.retry())
    case "dismiss": self = .dismiss(try form.deliveries())
    case "take": self = try form.take()
    case "wait": self = .wait(folder: form.folder, timeout: try form.limit())
    default:
      throw ControlRefusal(.unknownRequest, "this daemon does not know the request '\(EscapedText.escape(form.ask))'")
    }
  }

  /// What ``init(line:)`` reads, with its end.
  package func line() throws -> [UInt8] {
    var form = Form(v: ControlProtocol.version, ask: "")
    switch self {
    case .status: form.ask = "status"
    case .watch: form.ask = "watch"
    case .retry(let request):
      form.ask = "retry"
      switch request {
      case .all: form.all = true
      case .folder(let name): form.folder = name
      case .numbers(let numbers): form.numbers = numbers
      }
    case .dismiss(let numbers): (form.ask, form.numbers) = ("dismiss", numbers)
    case .take(let folder, let path):
      (form.ask, form.folder, form.path) = ("take", folder, path.utf8Text)
      if form.path == nil { form.pathRaw = Data(path.bytes) }
    case .wait(let folder, let timeout):
      (form.ask, form.folder) = ("wait", folder)
      form.timeout = timeout.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 }
    }
    return try ControlProtocol.line(form)
  }

  /// The members of all requests.
  private struct Form: Codable {
    var v: Int
    var ask: String
    var numbers: [Int64]?
    var all: Bool?
    var folder: String?
    var path: String?
    /// A path that is not UTF-8, in Base64.
    var pathRaw: Data?
    /// Seconds.
    var timeout: Double?

    func limit() throws(ControlRefusal) -> Duration? {
      guard let timeout else { return nil }
      guard timeout >= 0, timeout <= 1e9 else {
        throw ControlRefusal(.badRequest, "timeout: so many seconds, 0 or more")
      }
      return .milliseconds(Int64(timeout * 1000))
    }

    func deliveries() throws(ControlRefusal) -> [Int64] {
      guard let numbers, !numbers.isEmpty else { throw ControlRefusal(.badRequest, "numbers: name the deliveries") }
      guard numbers.count <= ControlRequest.numberLimit else {
        throw ControlRefusal(.badRequest, "numbers: at most \(ControlRequest.numberLimit) in one request")
      }
      return numbers
    }

    func retry() throws(ControlRefusal) -> RetryRequest {
      switch (all ?? false, folder, numbers) {
      case (true, nil, nil): .all
      case (false, let folder?, nil): .folder(folder)
      case (false, nil, _?): .numbers(try deliveries())
      default: throw ControlRefusal(.badRequest, "retry: one of numbers, folder and \"all\":true")
      }
    }

    func take() throws(ControlRefusal) -> ControlRequest {
      let bytes = pathRaw.map { Array($0) } ?? path.map { Array($0.utf8) }
      guard let folder, let bytes, !bytes.isEmpty else {
        throw ControlRefusal(.badRequest, "take: a folder's name, and the path of a file below it (path, or path_raw)")
      }
      guard let path = RelativePath(validating: bytes) else {
        throw ControlRefusal(
          .badRequest,
          "take: a path below the folder has no / at its beginning or end, no empty name in it, and none that is . or .."
        )
      }
      guard path.isPossible else {
        throw ControlRefusal(
          .badRequest, "take: there can be no such file: a path has at most 4095 bytes, and each name in it at most 255"
        )
      }
      return .take(folder: folder, path: path)
    }
  }
}

/// Which deliveries to make due now.
package enum RetryRequest: Sendable, Equatable {
  /// All that are pending or parked.
  case all
  /// The same of one folder.
  case folder(String)
  case numbers([Int64])
}
