import DeliveryModel
import Glibc

@testable import AWSClients
@testable import AWSConfiguration
@testable import ContentInspection
@testable import ControlSocket
@testable import DaemonConfiguration
@testable import FolderFeedback
@testable import Folders
@testable import HTTPTransport
@testable import ServiceManager
@testable import Settings

/// Everything that reads bytes of strangers: of servers, of other users, of files that may be damaged. Each takes any bytes,
/// and what must hold of the result is asked here: libFuzzer finds what traps, AddressSanitizer what reads beyond an end.
enum Parsers {
  static let all: [String: @Sendable ([UInt8]) -> Void] = [
    "xml": { _ = XMLAnswer(parsing: $0) },
    "json": { bytes in
      guard let value = JSONValue(parsing: bytes) else { return }
      _ = CredentialDocument(parsing: bytes)
      _ = StoredRecord(item: value)
    },
    "error-body": { bytes in
      let half = bytes.count / 2
      let headers = [
        HTTPHeader("content-type", text(bytes[..<half])), HTTPHeader("x-amzn-errortype", text(bytes[..<half])),
      ]
      _ = ServiceErrorBody(of: HTTPResponse(status: 400, headers: headers, body: Array(bytes[half...])))
      _ = RetryAfter.duration(
        HTTPResponse(status: 503, headers: [HTTPHeader("retry-after", text(bytes))]), now: Timestamp(milliseconds: 0))
    },
    "dates": { bytes in
      _ = ServiceDate.http(text(bytes))
      _ = ServiceDate.iso8601(text(bytes))
      _ = CredentialDocument.moment(text(bytes))
    },
    "response-head": { bytes in
      var head = ResponseHead()
      for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
        (Array(line) + [10]).withUnsafeBytes { head.append(line: $0) }
      }
      for header in head.headers() { hold(!header.value.utf8.contains(10)) }
    },
    "configuration": { bytes in
      let outcome = ConfigurationLoader.parse(bytes, file: "f", environment: [:], folders: .none)
      hold(outcome.configuration != nil || !outcome.diagnostics.isEmpty)
      for diagnostic in outcome.diagnostics { hold(isPrintable("\(diagnostic)")) }
      if let configuration = outcome.configuration { _ = UnitDropIn(configuration) { _ in true } }
    },
    "profile": { bytes in
      for isConfig in [false, true] {
        let file = ProfileFile(parsing: bytes, isConfig: isConfig)
        for name in file.profiles.keys.prefix(4) { _ = try? ProfilePlan.resolve(name, in: file, isRequired: true) }
      }
    },
    "command-line": { _ = CommandLineText.split(text($0)) },
    "glob": { bytes in
      let half = bytes.count / 2
      _ = GlobPattern(text(bytes[..<half])).matches(path: bytes[half...])
    },
    "name-pattern": { bytes in
      // glibc's regcomp(3) takes as much memory as it likes: short ones alone.
      let half = min(bytes.count / 2, 24)
      guard let pattern = try? NamePattern(text(bytes[..<half])) else { return }
      _ = pattern.matches(bytes[half...].prefix(64))
    },
    "key-template": { bytes in
      let half = bytes.count / 2
      guard let template = try? ObjectKeyTemplate.parse(text(bytes[..<half])),
        let path = RelativePath(validating: Array(bytes[half...]))
      else { return }
      let values = ObjectKeyTemplate.Values(
        folder: "f", path: path, received: Timestamp(milliseconds: 0), host: "h", owner: "o",
        id: DeliveryID(digest: SHA256Digest(words: (0, 0, 0, 0))))
      if case .success(let key) = template.render(values) { hold(key.utf8.count <= 1024) }
    },
    "relative-path": { bytes in
      guard let path = RelativePath(validating: bytes) else { return }
      hold(path.bytes.first != UInt8(ascii: "/") && !path.bytes.contains(0))
      hold(!path.bytes.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) })
      _ = ContentType.guess(for: path)
      hold(isPrintable(EscapedText.escape(path.bytes)))
    },
    "control-request": { bytes in
      guard let request = try? ControlRequest(line: bytes), let line = try? request.line() else { return }
      hold((try? ControlRequest(line: Array(line.dropLast()))) == request)
    },
    "control-pieces": { bytes in
      var lines = LineAssembler(limit: 64)
      for piece in bytes.split(separator: 0) {
        lines.append(Array(piece))
        while case .line(let line) = lines.next() { hold(line.count <= 64) }
      }
    },
    "findings": { bytes in
      let findings = [Finding](encoded: text(bytes))
      let once = findings.encoded
      hold([Finding](encoded: once).encoded == once)
      _ = Language.italian.text(findings)
    },
    "kernel-events": { bytes in
      var events = InotifyEvents(bytes)
      while events.next() != nil {}
    },
    "documents": { bytes in
      let content = InspectedContent(bytes)
      for kind in [DocumentCheck.Kind.pdf, .office, .any] {
        guard let question = try? InspectionQuestion(content, wantsType: true, document: kind),
          let answer = try? question.answer(nil), let whole = try? DocumentCheck.findings(content, kind)
        else { continue }
        hold(answer.findings == whole)
      }
      _ = ContentSignature.of(bytes)
    },
    "inspection-message": { bytes in
      _ = InspectionMessage.questions(bytes) { offset, count in
        offset + count <= bytes.count ? Array(bytes[offset..<(offset + count)]) : nil
      }
      for answer in InspectionMessage.answers(bytes, to: bytes.count / 102) ?? [] {
        hold(isPrintable(answer.type ?? ""))
      }
    },
    "scanner-answer": { bytes in
      if case .found(let name) = VirusScanner.judge(text(bytes)) { hold(name.utf8.count <= 120 && isPrintable(name)) }
    },
    "journal-stream": { bytes in
      _ = ServiceEnvironment { _ in text(bytes) }
    },
  ]

  private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || EscapedText.isPrintable($0) }
  }

  private static func hold(_ condition: Bool) { precondition(condition, "what a parser promises does not hold") }
}
