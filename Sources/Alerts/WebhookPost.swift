package import DaemonConfiguration
import DeliveryModel
import Glibc
import HTTPTransport
import SystemSupport

/// Posts messages to the webhook, each over a connection of its own: there are few, and nothing waits for them.
package struct WebhookPost: Sendable {
  let settings: AlertSettings.Webhook

  package init(settings: AlertSettings.Webhook) { self.settings = settings }

  /// More of an answer is not read.
  private static let answerLimit = 64 << 10

  /// The file of the key, and that of the URL, are read every time: a new key needs no reload.
  package func send(_ body: [UInt8], id: String) async -> AlertAttempt {
    do throws(WebhookFault) {
      let (url, signature) = try credentials()
      return await send(request(body, id: id, to: url, signature))
    } catch {
      return .failed(error.message)
    }
  }

  private func request(_ body: [UInt8], id: String, to url: String, _ signature: WebhookSignature) -> HTTPRequest {
    let headers =
      [HTTPHeader("content-type", "application/json")]
      + signature.headers(id: id, seconds: WallClock.now.milliseconds / 1000, body: body)
    return HTTPRequest(
      method: .post, url: url, headers: headers, body: .bytes(body), responseLimit: Self.answerLimit,
      timeLimit: settings.timeout)
  }

  private func send(_ request: HTTPRequest) async -> AlertAttempt {
    let travel = TransportConfiguration(
      connectTimeout: min(settings.timeout, .seconds(10)), caBundle: settings.caBundle, proxy: settings.proxy,
      maxConnections: 1, userAgent: Version.agent)
    do throws(TransportError) {
      let transport = try CurlTransport(configuration: travel) { _ in }
      defer { transport.shutdown() }
      return Self.judge(try await transport.perform(request))
    } catch {
      return .failed(error.message)
    }
  }

  /// Any 2xx means that the message was taken. What the answer says is not shown: it is not ours.
  static func judge(_ response: HTTPResponse) -> AlertAttempt {
    switch response.status {
    case 200..<300: return .delivered
    case 300..<400:
      return .failed(
        "it answers with a redirect (\(response.status)), which is not followed; write the URL it leads to")
    default:
      let wish = response.header("retry-after").flatMap { Int64($0) }.map { Duration.seconds(max(0, $0)) }
      return .failed("it answers \(response.status)", retryAfter: wish)
    }
  }

  // MARK: Files

  /// What is in the files, checked.
  package func credentials() throws(WebhookFault) -> (url: String, signature: WebhookSignature) {
    (try url(), try WebhookSignature(keyFile: try Self.content(of: settings.secretFile, "key")))
  }

  private func url() throws(WebhookFault) -> String {
    switch settings.address {
    case .url(let url): return url
    case .file(let path):
      let url = String(decoding: try Self.content(of: path, "URL"), as: UTF8.self).trimmed
      if let problem = AlertSettings.Webhook.problem(ofURL: url) {
        throw WebhookFault("the URL in webhook_url_file \(problem)")
      }
      return url
    }
  }

  private static func content(of path: String, _ what: String) throws(WebhookFault) -> [UInt8] {
    do throws(SystemCallError) {
      return try SmallFile.read(path, limit: 4096)
    } catch {
      throw WebhookFault(
        "the file of the webhook's \(what) cannot be read: \(error)",
        isForSystemd: error.code == ENOENT && path.hasPrefix("/run/credentials/"))
    }
  }
}
