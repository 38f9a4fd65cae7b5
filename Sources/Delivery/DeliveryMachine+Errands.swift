import DaemonConfiguration
import DeliveryModel

extension DeliveryMachine {
  /// What a folder wants done once a file of it is delivered, and how long after.
  struct ErrandRule: Sendable, Equatable {
    var kind: Errand.Kind
    var delay: Duration = .zero
  }

  /// Asks for what the folder wants done, in the transaction that makes the record durable.
  mutating func emitErrands(for delivery: Delivery, at moment: Moment) {
    if delivery.verdict?.isRejected == true { return }
    for rule in settings.errands(for: delivery.file) {
      emit(.commit(.errand(number: delivery.number, .due(rule.kind, at: moment.wall + rule.delay))))
    }
  }

  /// A touched file, or one that was put back, is the delivered one: it goes the same way.
  mutating func emitDisposal(of number: Int64, beside file: SettledFile, at moment: Moment) {
    for rule in settings.errands(for: file) where rule.kind == .dispose {
      emit(.commit(.errand(number: number, .due(.dispose, at: moment.wall + rule.delay))))
    }
  }
}

extension DeliveryMachine.Settings {
  /// Whether the file is deleted once it is delivered.
  func deletes(_ file: SettledFile) -> Bool {
    deleting.contains(file.root.flatMap { names[$0.path] } ?? file.folder)
  }

  /// What the folder wants done that is now where the file was seen, be it under another name.
  func errands(for file: SettledFile) -> [DeliveryMachine.ErrandRule] {
    let name = file.root.flatMap { names[$0.path] } ?? file.folder
    return errands[name] ?? []
  }
}

extension FolderSettings {
  /// What is to be done in the folder once a file is delivered.
  var errands: [DeliveryMachine.ErrandRule] {
    var rules: [DeliveryMachine.ErrandRule] = []
    if receipt != nil { rules.append(DeliveryMachine.ErrandRule(kind: .receipt)) }
    switch afterUpload {
    case .keep: break
    case .move: rules.append(DeliveryMachine.ErrandRule(kind: .dispose))
    case .delete: rules.append(DeliveryMachine.ErrandRule(kind: .dispose, delay: deleteAfter))
    }
    return rules
  }
}
