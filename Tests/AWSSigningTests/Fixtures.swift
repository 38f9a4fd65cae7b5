import Foundation

/// Where this module's fixtures are: beside the tests' source, so that no resource bundle is needed.
enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
}
