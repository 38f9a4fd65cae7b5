/// `[unit]`: how closely systemd confines the service. The unit's generator carries it out, not the daemon.
package struct ServiceUnitSettings: Sendable, Equatable {
  /// Whether the service sees of `/srv`, `/home` and the like nothing but its folders.
  package let onlyFolders: Bool

  static func read(_ unit: TOMLTableReader) -> ServiceUnitSettings {
    let settings = ServiceUnitSettings(onlyFolders: unit.flag("only_folders") ?? false)
    unit.finish()
    return settings
  }
}
