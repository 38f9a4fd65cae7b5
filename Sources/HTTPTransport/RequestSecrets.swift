/// What of a request only its server may see.
struct RequestSecrets {
  /// The same in many requests.
  private var token: String?
  /// The whole header.
  private var authorization: String?
  /// Of the body.
  private var others: [String] = []
  /// Whether a successful answer holds secrets itself, of which nothing is removed: new credentials begin as old ones do.
  private var answerIsSecret = false

  init() {}

  init(_ request: HTTPRequest) {
    others = request.secrets
    answerIsSecret = request.answerIsSecret
    for header in request.headers {
      switch header.name {
      case "x-amz-security-token", "x-aws-ec2-metadata-token": token = header.value
      case "authorization": authorization = header.value
      default: break
      }
    }
  }

  /// The scrubber that was made last, kept by the transport: a token serves for an hour of requests.
  struct Cache {
    fileprivate var token: String?
    fileprivate var scrubber = SecretScrubber([])
  }

  /// The answer without what the request told in confidence. `head` is its head as it came.
  ///
  /// A successful answer is only looked through, without a copy; all else is rare.
  func remove(from response: inout HTTPResponse, head: [UInt8], _ cache: inout Cache) {
    let isSuccess = 200..<300 ~= response.status
    if isSuccess, answerIsSecret { return }
    if cache.token != token {
      cache.token = token
      cache.scrubber = SecretScrubber([token].compactMap { $0 })
    }
    let isSuspect =
      !isSuccess || cache.scrubber.finds(in: head) || cache.scrubber.finds(in: response.body) || echoesSignature(head)
      || echoesSignature(response.body)
    guard isSuspect else { return response.secrets = AnswerSecrets(cache.scrubber) }
    let scrubber = SecretScrubber([token, authorization.map(Self.secretPart)].compactMap { $0 } + others)
    response.secrets = AnswerSecrets(scrubber)
    response.repeatsSecrets = scrubber.findsEscaped(in: head) || scrubber.findsEscaped(in: response.body)
    for index in response.headers.indices {
      let header = response.headers[index]
      response.headers[index] = HTTPHeader(header.name, scrubber.scrubbed(header.value))
    }
    guard scrubber.findsEscaped(in: response.body) else { return }
    response.bodyAsSent = response.body
    response.body = scrubber.scrubbed(response.body)
  }

  private static let signatureLength = 64

  /// Signature Version 4: all but the signature is no secret. Anything else is one as a whole.
  private static func secretPart(of authorization: String) -> String {
    authorization.utf8.starts(with: "AWS4-".utf8)
      ? String(decoding: authorization.utf8.suffix(signatureLength), as: UTF8.self) : authorization
  }

  /// Whether one of the eights of a signature stands in the bytes.
  private func echoesSignature(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 8, let authorization else { return false }
    let echoes = authorization.utf8.withContiguousStorageIfAvailable { header in
      let signature = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: header.suffix(Self.signatureLength)))
      guard signature.count == Self.signatureLength else { return false }
      return bytes.withUnsafeBytes { room in
        (0...(room.count - 8)).contains { start in
          let eight = room.loadUnaligned(fromByteOffset: start, as: UInt64.self)
          return stride(from: 0, to: Self.signatureLength, by: 8).contains {
            signature.loadUnaligned(fromByteOffset: $0, as: UInt64.self) == eight
          }
        }
      }
    }
    return echoes ?? true
  }
}
