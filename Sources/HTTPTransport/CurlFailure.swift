import CCurl
import Glibc

/// libcurl's verdict on a transfer that did not complete.
struct CurlFailure {
  private let code: CURLcode

  /// Nil if the transfer completed.
  init?(_ code: CURLcode) {
    guard code != CURLE_OK else { return nil }
    self.code = code
  }

  /// The failure in plain words. `detail` is libcurl's own description, `systemError` an error number or 0, `proxyStatus`
  /// the proxy's answer or 0, `timeLimit` the request's own, which also bounds its connecting.
  func error(
    host: String, detail: String, systemError: Int32, proxyStatus: Int, timeLimit: Duration?, connectTimeout: Duration
  ) -> TransportError {
    if proxyStatus >= 300 { return Self.refused(byProxy: proxyStatus, host: host) }
    let reason = Self.printable(detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail)
    return switch kind(detail: reason) {
    case .resolve: TransportError(kind: .resolve, message: "the name of \(host) cannot be resolved: \(reason)")
    case .connect:
      TransportError(kind: .connect, message: "no connection to \(host): \(Self.system(systemError) ?? reason)")
    case .handshake:
      TransportError(kind: .connect, message: "the connection to \(host) broke while TLS began: \(reason)")
    case .tls: TransportError(kind: .tls, message: "no trusted TLS connection to \(host): \(reason)")
    case .timeout:
      TransportError(
        kind: .timeout,
        message: timeLimit.map { "no answer from \(host) within \($0.text): \(reason)" }
          ?? "no connection to \(host) within \(connectTimeout.text): \(reason)")
    case .closed:
      TransportError(kind: .closed, message: "the connection to \(host) ended before the answer: \(reason)")
    case .other: TransportError(kind: .other, message: "the exchange with \(host) failed: \(reason)")
    }
  }

  private static func refused(byProxy status: Int, host: String) -> TransportError {
    let wish = status == 407 ? "; it wants a password, and there is none to give: let it pass this machine without" : ""
    return TransportError(
      kind: .connect, message: "the proxy refuses a connection to \(host) with HTTP \(status)\(wish)")
  }

  /// What became of the transfer.
  private enum Kind { case resolve, connect, handshake, tls, timeout, closed, other }

  private func kind(detail: String) -> Kind {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
    case CURLE_COULDNT_CONNECT, CURLE_PROXY: .connect
    case CURLE_SSL_CONNECT_ERROR: HandshakeFailure(detail) == .verdict ? .tls : .handshake
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CLIENTCERT,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED:
      .tls
    case CURLE_OPERATION_TIMEDOUT: .timeout
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .closed
    default: .other
    }
  }

  private static func system(_ number: Int32) -> String? {
    number == 0 ? nil : String(cString: strerror(number)).lowercased()
  }

  /// libcurl quotes the other side (a certificate's name, a status line), which could hold anything.
  private static func printable(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 >= 0x20 && $0 < 0x7f ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}
