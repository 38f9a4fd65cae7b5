import Synchronization

@testable import HTTPTransport

/// Gathers what a transport hands back, for a test to wait for.
final class Completions: Sendable {
  private let stream: AsyncStream<HTTPCompletion>
  private let continuation: AsyncStream<HTTPCompletion>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream()
  }

  func take(_ batch: [HTTPCompletion]) {
    for completion in batch { continuation.yield(completion) }
  }

  /// Nothing more is expected: lets a waiting test go on.
  func finish() { continuation.finish() }

  /// The next `count` completions, in the order of arrival.
  func next(_ count: Int) async -> [HTTPCompletion] {
    var result: [HTTPCompletion] = []
    var iterator = stream.makeAsyncIterator()
    while result.count < count, let completion = await iterator.next() { result.append(completion) }
    return result
  }

  /// All completions until `finish`.
  func all() async -> [HTTPCompletion] { await next(.max) }
}

extension HTTPCompletion {
  var status: Int? { (try? result.get())?.status }

  var failure: TransportError.Kind? {
    if case .failure(let error) = result { error.kind } else { nil }
  }
}

extension CurlTransport {
  /// A transport for tests that use `perform` alone, or look at the completions.
  ///
  /// The times are so long that they decide only where a test sets them: on a busy machine a test may be kept waiting
  /// for longer than those of the product.
  static func forTests(
    connectTimeout: Duration = .seconds(600), stallTimeout: Duration = .seconds(600),
    answerTimeout: Duration = .seconds(900),
    deadConnectionTimeout: Duration = .seconds(600), bodyTimeout: Duration = .seconds(600), caBundle: String? = nil,
    proxy: String? = nil,
    maxConnections: Int = 8, bandwidthLimit: Int64? = nil, completions: Completions? = nil
  ) throws(TransportError) -> CurlTransport {
    let configuration = TransportConfiguration(
      connectTimeout: connectTimeout, stallTimeout: stallTimeout, answerTimeout: answerTimeout,
      deadConnectionTimeout: deadConnectionTimeout,
      idleTimeout: .seconds(3600), bodyTimeout: bodyTimeout, caBundle: caBundle, proxy: proxy,
      maxConnections: maxConnections, userAgent: "tests/1", bandwidthLimit: bandwidthLimit)
    return try CurlTransport(configuration: configuration) { completions?.take($0) }
  }

  /// How the request failed; nil if it was answered.
  func failure(of request: HTTPRequest) async -> TransportError? {
    do throws(TransportError) {
      _ = try await perform(request)
      return nil
    } catch {
      return error
    }
  }
}
