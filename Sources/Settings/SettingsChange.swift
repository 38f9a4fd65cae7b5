import DaemonConfiguration

/// One thing that a configuration says otherwise than another: a key as it is written in the file, or a folder that came or
/// went. A pure value; ``between(_:_:isUnit:)`` is the one comparison of two configurations.
package struct SettingsChange: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case changed
    case added
    case removed
  }

  /// What it takes.
  package enum Effect: Sendable, Equatable {
    /// Nothing: a reload puts it in force.
    case live
    /// A process that starts anew.
    case restart
    /// A unit that allows it, and a process that starts anew under that.
    case unit
  }

  /// As diagnostics name it, such as `upload.concurrency`.
  package var key: String
  /// Nil for a key that is of no folder.
  package var folder: String?
  var kind = Kind.changed
  package var effect = Effect.live

  var needsRestart: Bool { effect != .live }

  /// In a line.
  var text: String {
    switch (kind, folder) {
    case (.changed, nil): key
    case (.changed, let folder?): "\(key) of \(folder)"
    case (.added, let folder): "folder \(folder ?? "") added"
    case (.removed, let folder): "folder \(folder ?? "") removed"
    }
  }

  /// The command that puts it in force; nil where a reload does.
  package var command: String? {
    switch effect {
    case .live: nil
    case .restart: "systemctl restart s3loggerd"
    case .unit: "systemctl daemon-reload && systemctl restart s3loggerd"
    }
  }

  /// The keys in the order of the file, folders last. `isUnit`: whether systemd confines the process by what the
  /// configuration needs.
  static func between(_ old: Configuration, _ new: Configuration, isUnit: Bool) -> [SettingsChange] {
    let missing = isUnit ? UnitDropIn.needs(of: new, beyond: old) : []
    func effect<Source>(of setting: Setting<Source>) -> Effect {
      setting.needs.isDisjoint(with: missing) ? setting.effect : .unit
    }
    var changes = Setting.common.filter { $0.differs(old, new) }.map { setting in
      SettingsChange(key: setting.key, effect: effect(of: setting))
    }
    for folder in new.folders {
      if let former = old.folders.first(where: { $0.name == folder.name }) {
        changes += Setting.ofFolder.filter { $0.differs(former, folder) }.map { setting in
          SettingsChange(key: setting.key, folder: folder.name, effect: effect(of: setting))
        }
      } else {
        let isWaiting = !missing.isDisjoint(with: [.writing, .places])
        changes.append(
          SettingsChange(key: "folder", folder: folder.name, kind: .added, effect: isWaiting ? .unit : .live))
      }
    }
    for folder in old.folders where !new.folders.contains(where: { $0.name == folder.name }) {
      changes.append(SettingsChange(key: "folder", folder: folder.name, kind: .removed))
    }
    return changes
  }
}

extension [SettingsChange] {
  /// In a line: the first few, and how many more.
  package func text(limit: Int = 20) -> String {
    prefix(limit).map(\.text).joined(separator: ", ") + (count > limit ? " and \(count - limit) more" : "")
  }
}
