package import DaemonConfiguration
import DeliveryModel
import FolderFeedback

/// What of the configuration the engine works by; replaced as a whole on a reload.
package struct EngineSettings: Sendable {
  package var configuration: Configuration
  /// The host's name, in the record and the object's metadata.
  package var host: String
  /// How the objects of every folder that there ever was are named, by the folder's name.
  var keys: [String: String]

  package init(configuration: Configuration, host: String, keys: [String: String] = [:]) {
    self.configuration = configuration
    self.host = host
    self.keys = keys
  }

  /// Those that a reload replaces these with.
  func replaced(by configuration: Configuration, host: String) -> EngineSettings {
    var keys = keys
    for folder in self.configuration.folders + configuration.folders { keys[folder.name] = folder.key.description }
    return EngineSettings(configuration: configuration, host: host, keys: keys)
  }

  var machine: DeliveryMachine.Settings {
    let upload = configuration.upload
    return DeliveryMachine.Settings(
      retry: upload.retry, partConcurrency: upload.partConcurrency, bucket: configuration.aws.bucket,
      errands: configuration.folders.reduce(into: [:]) { $0[$1.name] = $1.errands },
      names: configuration.folders.reduce(into: [:]) { $0[Array($1.path.utf8)] = $1.name },
      refusing: Set(configuration.folders.filter(\.rules.canRefuse).map(\.name)))
  }
}

extension FolderSettings {
  /// What its staff read.
  var words: Language { Language(rawValue: language.rawValue) ?? .english }
}
