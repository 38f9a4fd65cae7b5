/// What is still to be done in a folder about a delivery that has its record: kept in the journal until it is done, so
/// that a crash leaves it neither undone nor done twice.
package struct Errand: Hashable, Sendable {
  /// The raw value is part of the journal's schema.
  package enum Kind: Int64, Sendable, CaseIterable {
    /// Move or delete the delivered file.
    case dispose = 0
    /// Write its receipt.
    case receipt = 1
    /// Move a refused file aside and write down why.
    case reject = 2
    /// Remove the note about a refused file that was taken back.
    case tidy = 3
  }

  /// The delivery's number.
  package var number: Int64
  package var kind: Kind
  /// Failures so far.
  package var tries: Int
  /// Where the file goes, once that is decided: written down before the file moves, so that it is found there.
  package var target: RelativePath?

  package init(number: Int64, kind: Kind, tries: Int = 0, target: RelativePath? = nil) {
    self.number = number
    self.kind = kind
    self.tries = tries
    self.target = target
  }
}

/// One step of an errand, made durable.
package enum ErrandChange: Sendable, Equatable {
  /// It is to be done, not before `at`. One that is there already stays as it is.
  case due(Errand.Kind, at: Timestamp)
  /// The file will go to `target`, relative to the folder.
  case planned(Errand.Kind, target: RelativePath)
  /// It could not be done; the reason is in plain words.
  case failed(Errand.Kind, reason: String, nextAttempt: Timestamp)
  /// It is done, or there is nothing left to do it with.
  case ended(Errand.Kind, at: Timestamp)
  /// There is nothing to do for now; it is asked for again when there may be.
  case dropped(Errand.Kind)
}
