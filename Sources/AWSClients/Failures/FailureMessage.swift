import AWSConfiguration
import DeliveryModel
import HTTPTransport

/// Failures in words an administrator understands: first what happened to what, then the service's own words.
enum FailureMessage {
  static func transport(_ call: ServiceCall, _ error: TransportError) -> String {
    let what =
      switch error.kind {
      case .resolve: "the address of \(call.service) cannot be found"
      case .connect: "\(call.service) cannot be reached"
      case .tls: "the connection to \(call.service) is not secure, so nothing was sent"
      case .timeout: "\(call.service) did not answer in time"
      case .closed: "the connection to \(call.service) broke"
      case .cancelled: "the request to \(call.service) was cancelled"
      case .responseTooLarge: "\(call.service) sent a larger answer than it may"
      case .shortBody: "the file became shorter while it was sent to \(call.service)"
      case .unreadableBody: "the file could not be read while it was sent to \(call.service)"
      case .bodyStalled: "the file is not sent to \(call.service) now, and is tried again"
      case .other: "the request to \(call.service) failed"
      }
    return joined(what, error.message)
  }

  /// `sentence` is what ``ServiceFailure/sentence`` is.
  static func answer(
    _ call: ServiceCall, _ status: Int, _ body: ServiceErrorBody, _ failureClass: FailureClass, _ offset: Duration?
  ) -> (message: String, sentence: String?) {
    if body.code == nil, !(200..<300 ~= status) { return (joined(stranger(call, status), nil), nil) }
    let sentence = sentence(call, body.code ?? "HTTP \(status)", body, failureClass, offset)
    let message = joined(sentence, body.message)
    return (message, body.message?.isEmpty == false ? joined(sentence, nil) : nil)
  }

  /// An answer without any code of the service: most come from something in between.
  private static func stranger(_ call: ServiceCall, _ status: Int) -> String {
    let hint =
      switch status {
      case 407: "; the proxy wants a name and a password, see proxy in [aws]"
      case 411: "; it wants the length in a form of its own: is there a proxy in between?"
      case 413: "; it takes no body of this size: a proxy in between may have a limit (nginx: client_max_body_size)"
      case 414: "; it takes no address of this length: a proxy in between may have a limit"
      case 431:
        "; it takes no headers of this size: a proxy in between may have a limit (nginx: large_client_header_buffers)"
      default: ""
      }
    return """
      \(call.operation.rawValue) on \(EscapedText.escape(call.resource)) was answered with HTTP \(status) without a word of \
      \(call.service) itself\(hint)
      """
  }

  /// What to change in the configuration or at the server, where the answer names it; empty where it does not.
  private static func remedy(_ body: ServiceErrorBody) -> String {
    let text = [body.code, body.argumentName, body.message].compactMap { $0?.prefix(500).lowercased() }
      .joined(separator: " ")
    let found = remedies.first { words, _ in words.contains { text.contains($0) } }
    return found.map { "; \($0.1)" } ?? ""
  }

  private static let remedies = [
    (["storage-class", "storage class", "storageclass"], "change storage_class in [upload]"),
    (["checksum"], "this server does not take SHA-256 checksums, without which nothing can be sent to it"),
    (["encryption", "kms"], "change encryption and kms_key_id in [upload]"),
    (["bucket-owner", "bucket owner"], "change expected_bucket_owner in [aws]"),
    (["if-none-match"], "this server does not know the condition: switch write_once in [upload] off"),
    (["tagging", "invalidtag"], "change tags of the folder"),
    (["headersection", "header section"], "shorten keys and tags"),
  ]

  /// The refused IAM action: the one that the service names, such as `kms:GenerateDataKey`, or that of the call.
  static func missingAction(_ call: ServiceCall, _ body: ServiceErrorBody) -> String? {
    guard let code = body.code, FailureTable.accessDenied.contains(code) else { return nil }
    return namedAction(body.message) ?? call.operation.action
  }

  private static func sentence(
    _ call: ServiceCall, _ code: String, _ body: ServiceErrorBody, _ failureClass: FailureClass, _ offset: Duration?
  ) -> String {
    let service = call.service
    let resource = EscapedText.escape(call.resource)
    if let action = missingAction(call, body) { return "\(service) refuses \(action) on \(resource) (\(code))" }
    if failureClass == .skew { return skew(service, code, offset) }
    if FailureTable.unknownKey.contains(code) { return "\(service) does not know the access key (\(code))" }
    if FailureTable.probableSkew.contains(code) {
      return "\(service) refuses the signature (\(code)): the secret access key does not fit the access key"
    }
    if FailureTable.expired.contains(code) { return "\(service) says that the credentials have expired (\(code))" }
    if FailureTable.wrongRegion.contains(code) { return wrongRegion(resource, code, body) }
    switch code {
    case "NoSuchBucket": return "S3 has no bucket \(resource) (\(code))"
    case "ResourceNotFoundException": return "\(service) has no table \(resource) in this region (\(code))"
    case "PreconditionFailed": return "S3 already holds another object under this key (\(code))"
    default: return general(call, code, resource, failureClass, remedy(body))
    }
  }

  private static func general(
    _ call: ServiceCall, _ code: String, _ resource: String, _ failureClass: FailureClass, _ remedy: String
  ) -> String {
    let service = call.service
    switch failureClass {
    case .throttle: return "\(service) asks for fewer requests (\(code))"
    case .restartUpload: return "S3 no longer has this multipart upload as it was sent (\(code))"
    case .rehash: return "S3 received other bytes than were hashed (\(code))"
    case .item: return "\(service) cannot take this file (\(code))"
    case .keyRefused: return "\(service) does not take this object key (\(code))"
    case .refused: return "\(service) refuses \(call.operation.rawValue) on \(resource) (\(code))\(remedy)"
    default: return "\(service) answered \(call.operation.rawValue) on \(resource) with \(code)"
    }
  }

  private static func skew(_ service: String, _ code: String, _ offset: Duration?) -> String {
    guard let offset else { return "\(service) says that this machine's clock is wrong (\(code))" }
    let seconds = FailureClassifier.abs(offset).components.seconds
    return "this machine's clock is \(seconds) s \(offset < .zero ? "ahead of" : "behind") \(service) (\(code))"
  }

  private static func wrongRegion(_ resource: String, _ code: String, _ body: ServiceErrorBody) -> String {
    guard let region = body.region, AWSRegion.isValid(region) else {
      return "the bucket \(resource) is not in the configured region (\(code))"
    }
    return "the bucket \(resource) is in region \(region), not in the configured one (\(code))"
  }

  /// `… is not authorized to perform: kms:GenerateDataKey on resource: …`.
  private static func namedAction(_ message: String?) -> String? {
    guard let message, message.utf8.count < 4096, let mark = message.firstRange(of: "to perform: ") else { return nil }
    let action = message[mark.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0 == ":" || $0 == "-") }
    return action.contains(":") && action.utf8.count <= 64 ? String(action) : nil
  }

  private static func joined(_ sentence: String, _ detail: String?) -> String {
    guard let detail, !detail.isEmpty else { return BoundedText.cut(sentence) }
    return BoundedText.cut(sentence + ": " + BoundedText.message(detail))
  }
}
