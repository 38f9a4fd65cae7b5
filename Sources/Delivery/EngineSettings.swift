package import DaemonConfiguration
package import DeliveryJournal
import DeliveryModel
package import Folders

/// What of the configuration the engine works by; replaced as a whole on a reload.
package struct EngineSettings: Sendable {
  package var configuration: Configuration
  /// The host's name, in the record and the object's metadata.
  package var host: String
  /// What was last set for every folder that there ever was, by the folder's name.
  var terms: [String: FolderTerms]
  /// The same for every configuration, as is `scanners`.
  package var readers: BodyReaders
  package var scanners: FolderScanners

  package init(
    configuration: Configuration, host: String, terms: [String: FolderTerms] = [:],
    readers: BodyReaders = BodyReaders(),
    scanners: FolderScanners = FolderScanners()
  ) {
    self.configuration = configuration
    self.host = host
    self.terms = terms
    self.readers = readers
    self.scanners = scanners
  }

  /// Those that a reload replaces these with.
  package func replaced(by configuration: Configuration, host: String) -> EngineSettings {
    var terms = terms
    for folder in self.configuration.folders + configuration.folders { terms[folder.name] = folder.terms }
    return EngineSettings(
      configuration: configuration, host: host, terms: terms, readers: readers, scanners: scanners)
  }

  /// What concerns the folders themselves.
  package var served: ConfiguredFolders { ConfiguredFolders(folders: configuration.folders, terms: terms) }

  var machine: DeliveryMachine.Settings {
    let upload = configuration.upload
    return DeliveryMachine.Settings(
      retry: upload.retry, partConcurrency: upload.partConcurrency, bucket: configuration.aws.bucket,
      errands: configuration.folders.reduce(into: terms.mapValues(\.errands)) { $0[$1.name] = $1.errands },
      names: configuration.folders.reduce(into: [:]) { $0[Array($1.path.utf8)] = $1.name },
      refusing: Set(configuration.folders.filter(\.rules.canRefuse).map(\.name)),
      deleting: Set(configuration.folders.filter { $0.afterUpload == .delete }.map(\.name)),
      checksums: configuration.checksums, keepsLedger: configuration.custody != nil)
  }
}

extension FolderSettings {
  /// What the journal keeps for when it is out of the configuration.
  package var terms: FolderTerms {
    let followUps = errands.map { rule in
      let (seconds, attoseconds) = rule.delay.components
      return "\(rule.kind.rawValue):\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)"
    }
    return FolderTerms(key: key.description, followUps: followUps.joined(separator: " "))
  }
}

extension FolderTerms {
  /// What is to be done in the folder once a file is delivered, as it was when it was last in the configuration: it waits
  /// until the folder is back.
  var errands: [DeliveryMachine.ErrandRule] {
    followUps.utf8.split(separator: UInt8(ascii: " ")).compactMap { word in
      let numbers = word.split(separator: UInt8(ascii: ":")).map { Int64(String(decoding: $0, as: UTF8.self)) }
      guard numbers.count == 2, let kind = numbers[0].flatMap(Errand.Kind.init), let delay = numbers[1] else {
        return nil
      }
      return DeliveryMachine.ErrandRule(kind: kind, delay: .milliseconds(delay))
    }
  }
}
