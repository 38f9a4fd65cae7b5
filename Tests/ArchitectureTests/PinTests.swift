import Foundation
import Testing

/// Package.swift names every package that is built, those that only others need included, each at one exact version: what
/// goes into the program changes by a change of that file alone.
@Suite("Versions of packages")
struct PinTests {
  private struct Resolved: Decodable {
    struct Pin: Decodable {
      struct State: Decodable {
        let version: String?
      }

      let identity: String
      let location: String
      let state: State
    }

    let pins: [Pin]
  }

  static let root = ImportTests.sources.deletingLastPathComponent()

  /// Address, without `.git`, and exact version of each `.package` line; the version is empty where there is none.
  static func named() throws -> [String: String] {
    let text = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
    return Dictionary(
      lines.filter { $0.hasPrefix(".package(") }.map { line in
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
        let isExact = parts.count == 5 && parts[0] == ".package(url: " && parts[2] == ", exact: "
        return (parts.count > 1 ? address(parts[1]) : String(line), isExact ? parts[3] : "")
      }, uniquingKeysWith: { first, _ in first })
  }

  static func address(_ url: String) -> String { url.hasSuffix(".git") ? String(url.dropLast(4)) : url }

  @Test("every package that was resolved is in Package.swift at that exact version, and no other")
  func exact() throws {
    let data = try Data(contentsOf: Self.root.appending(path: "Package.resolved"))
    let resolved = try JSONDecoder().decode(Resolved.self, from: data).pins
    #expect(resolved.count >= 6)
    let built = Dictionary(uniqueKeysWithValues: resolved.map { (Self.address($0.location), $0.state.version ?? "") })
    #expect(try Self.named() == built)
  }
}
