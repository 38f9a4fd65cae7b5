import Foundation
import Testing

/// The one-way imports of the product: who may import whom, and who alone touches which library.
@Suite("Imports go one way")
struct ImportTests {
  /// Every module of `Sources` and what it may import besides the standard library and Glibc.
  static let allowed: [String: Set<String>] = [
    "DeliveryModel": [],
    "SystemSupport": ["CLinux", "DeliveryModel"],
    "Folders": [
      "ContentInspection", "DaemonConfiguration", "DeliveryJournal", "DeliveryModel", "FolderFeedback", "Logging",
      "ServiceManager", "SystemSupport",
    ],
    "DeliveryJournal": ["CSQLite", "Cryptography", "Custody", "DeliveryModel", "Dispatch"],
    "ContentInspection": ["CMagic", "DeliveryModel", "SystemSupport"],
    "FolderFeedback": ["DeliveryModel"],
    "HTTPTransport": ["CCurl", "SystemSupport"],
    "Cryptography": ["COpenSSL", "DeliveryModel"],
    "Custody": ["Cryptography", "DeliveryModel"],
    "AWSSigning": ["CChecksum", "Cryptography", "DeliveryModel"],
    "AWSConfiguration": ["DeliveryModel"],
    "AWSClients": ["AWSConfiguration", "AWSSigning", "Cryptography", "DeliveryModel", "HTTPTransport"],
    "DaemonConfiguration": ["AWSConfiguration", "DeliveryModel", "TOMLKit"],
    "ControlSocket": ["DeliveryModel", "FoundationEssentials", "SystemSupport"],
    "ServiceManager": ["CSystemd", "DeliveryModel", "Logging"],
    "ConfiguredClients": [
      "AWSClients", "AWSConfiguration", "AWSSigning", "DaemonConfiguration", "DeliveryModel", "HTTPTransport",
      "SystemSupport",
    ],
    "Delivery": [
      "AWSClients", "AWSSigning", "ConfiguredClients", "ContentInspection", "ControlSocket", "Cryptography",
      "DaemonConfiguration", "DeliveryJournal", "DeliveryModel", "DequeModule", "Dispatch", "Folders",
      "HTTPTransport", "Logging", "ServiceManager", "SystemSupport",
    ],
    "Settings": ["DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "SystemSupport"],
    "Status": [
      "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "Folders", "FoundationEssentials",
      "Logging", "Settings", "SystemSupport",
    ],
    "Alerts": [
      "AWSSigning", "Cryptography", "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel",
      "FolderFeedback", "FoundationEssentials", "HTTPTransport", "Logging", "ServiceManager", "Settings", "Status",
      "SystemSupport",
    ],
    "Audit": [
      "AWSClients", "AWSSigning", "ConfiguredClients", "Cryptography", "DaemonConfiguration", "DeliveryModel",
      "Folders", "HTTPTransport", "SystemSupport",
    ],
    "Daemon": [
      "AWSClients", "AWSConfiguration", "AWSSigning", "Alerts", "ConfiguredClients", "ContentInspection",
      "ControlSocket", "Cryptography", "Custody", "DaemonConfiguration", "Delivery", "DeliveryJournal",
      "DeliveryModel", "Dispatch", "Folders", "FoundationEssentials", "HTTPTransport", "Logging", "ServiceLifecycle",
      "ServiceManager", "Settings", "Status", "SystemSupport", "UnixSignals",
    ],
    "s3loggerd": [
      "ArgumentParser", "Audit", "ControlSocket", "Cryptography", "Custody", "Daemon", "DaemonConfiguration",
      "DeliveryModel", "Foundation", "ServiceManager", "Settings", "Status", "SystemSupport",
    ],
  ]

  /// Modules of C.
  static let libraries: Set<String> = ["CChecksum", "CCurl", "CLinux", "CMagic", "COpenSSL", "CSQLite", "CSystemd"]

  static let common: Set<String> = ["Glibc", "Synchronization"]

  static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  static let tests = sources.deletingLastPathComponent().appending(path: "Tests")

  @Test("a module imports only what is below it", arguments: allowed.keys.sorted())
  func moduleImportsOnlyWhatIsBelow(module: String) throws {
    let found = try Self.imports(of: module)
    let beyond = found.subtracting(Self.allowed[module] ?? []).subtracting(Self.common)
    #expect(beyond.isEmpty, "\(module) imports \(beyond.sorted()), which points sideways or up")
  }

  @Test("each C library and each third-party package is imported by one module only")
  func oneModulePerLibrary() throws {
    for library in Self.libraries.union(["TOMLKit", "ArgumentParser"]) {
      let importers = try Self.allowed.keys.filter { try Self.imports(of: $0).contains(library) }
      #expect(importers.count == 1, "\(library) is imported by \(importers.sorted())")
    }
  }

  @Test("no module is left out of this list")
  func everyModuleIsListed() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
    let modules = folders.filter { !Self.libraries.contains($0) }
    #expect(Set(modules) == Set(Self.allowed.keys))
  }

  @Test("what the tests share stands on nothing of the product")
  func testSupport() throws {
    let imported = try Self.imports(in: Self.tests.appending(path: "TestSupport"))
    #expect(imported == ["Foundation"])
  }

  @Test("values that tests of several modules are made of stand below these modules")
  func testFixtures() throws {
    let imported = try Self.imports(in: Self.tests.appending(path: "TestFixtures"))
    #expect(imported == ["AWSClients", "DaemonConfiguration", "DeliveryModel"])
  }

  @Test("what makes file calls fail for several test targets stands on the seam under these calls alone")
  func faultSupport() throws {
    let imported = try Self.imports(in: Self.tests.appending(path: "FaultSupport"))
    #expect(imported.subtracting(Self.common) == ["SystemSupport"])
  }

  /// The modules that the Swift files of a module import.
  static func imports(of module: String) throws -> Set<String> {
    try imports(in: sources.appending(path: module))
  }

  static func imports(in folder: URL) throws -> Set<String> {
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    var found: Set<String> = []
    for name in names where name.hasSuffix(".swift") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), position + 1 < words.count else { continue }
        let modifiers: Set<Substring> = ["package", "internal", "public", "private", "@preconcurrency", "@_exported"]
        if words[..<position].allSatisfy(modifiers.contains) { found.insert(String(words[position + 1])) }
      }
    }
    return found
  }
}
