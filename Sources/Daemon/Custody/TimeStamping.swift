import ConfiguredClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import HTTPTransport
import SystemSupport

/// Asks the time-stamping authority (RFC 3161 section 3.4), and takes no answer that does not hold.
struct TimeStamping: Sendable {
  let url: String
  /// The PEM file of the roots.
  let authorities: String
  /// How requests to the authority travel.
  let travel: TransportConfiguration

  /// Bytes: certificates and all.
  private static let answerLimit = 1 << 20

  /// Nil where there is no authority.
  init?(_ configuration: Configuration) {
    guard let custody = configuration.custody, let url = custody.timestampURL, let authorities = custody.timestampCA
    else {
      return nil
    }
    self.url = url
    self.authorities = authorities
    travel = TransportConfiguration(
      connectTimeout: .seconds(10), caBundle: configuration.aws.caBundle, proxy: configuration.aws.proxy,
      maxConnections: 1, userAgent: Version.agent)
  }

  struct Fault: Error {
    let message: String
  }

  /// The verified answer over `content`.
  func stamp(_ content: [UInt8]) async throws(Fault) -> TimeStampReply {
    let request = TimeStampRequest(imprint: SHA256.digest(of: content), nonce: UInt64.random(in: 1 ... .max))
    let roots: [UInt8]
    do throws(SystemCallError) {
      roots = try SmallFile.read(authorities)
    } catch {
      throw Fault(message: "timestamp_ca \(EscapedText.escape(authorities)) cannot be read: \(error.meaning)")
    }
    let answer = try await ask(request)
    do throws(TimeStampError) {
      return try TimeStampReply(
        verifying: answer, imprint: request.imprint, nonce: request.nonce, authorities: roots)
    } catch {
      throw Fault(message: "the authority's answer is not taken: \(error)")
    }
  }

  private func ask(_ question: TimeStampRequest) async throws(Fault) -> [UInt8] {
    let request = HTTPRequest(
      method: .post, url: url, headers: [HTTPHeader("content-type", "application/timestamp-query")],
      body: .bytes(question.der), responseLimit: Self.answerLimit, timeLimit: .seconds(60))
    do throws(TransportError) {
      let transport = try CurlTransport(configuration: travel) { _ in }
      defer { transport.shutdown() }
      let response = try await transport.perform(request)
      guard response.status == 200 else { throw TransportError(kind: .other, message: "it answers \(response.status)") }
      return response.body
    } catch {
      throw Fault(message: "the authority does not stamp: \(error.message)")
    }
  }
}
