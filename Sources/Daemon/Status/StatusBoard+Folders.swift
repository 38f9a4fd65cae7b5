package import Folders

extension StatusBoard: FolderDisplay {
  package func outlook(for folder: String) -> DeliveryOutlook? {
    guard let engine else { return nil }
    let pauses = engine.pauses { _ in false }
    return DeliveryOutlook(
      pending: engine.counters.pendingByFolder[folder] ?? 0, isBlocked: pauses.contains { $0.kind == .blocked },
      isWaiting: !pauses.isEmpty || engine.problem != nil)
  }
}
