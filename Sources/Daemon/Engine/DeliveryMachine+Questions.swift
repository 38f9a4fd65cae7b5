import AWSClients
import DeliveryModel

/// An object stands under this delivery's key that no attempt known here has made. The key has the delivery's id, which
/// its content determines, so another host, or a journal that was lost, may have delivered this very file: its record
/// tells, and the table is asked for it.
extension DeliveryMachine {
  mutating func askForRecord(_ number: Int64, _ conflict: ServiceFailure) {
    leaveLine(number)
    emit(.releaseContent(number))
    change(number) {
      $0.stage = .questionReady(conflict)
      $0.renewRequest()
    }
    line(up: number)
  }

  /// Takes in the record under this delivery's key; nil where the table has none, or shows none.
  mutating func questionAnswered(
    _ number: Int64, _ result: Result<StoredRecord?, ServiceFailure>, at moment: Moment
  ) {
    switch result {
    case .success(let record):
      laneSucceeded(.dynamodb, number, active[number]?.retry, at: moment)
      guard let entry = active[number], case .asking(let conflict) = entry.stage else { return }
      guard let record, let prepared = entry.delivery.prepared,
        record.agrees(sha256: prepared.sha256, size: entry.delivery.file.identity.size)
      else { return park(number, conflict, at: moment) }
      let version = record["version_id"]
      saveReceipt(
        number, ObjectAcknowledgement(etag: record["etag"], versionID: version.isEmpty ? nil : version), at: moment)
    case .failure(let failure):
      guard laneFailed(failure, for: number, at: moment) else { return }
      if case .asking(let conflict)? = active[number]?.stage { change(number) { $0.stage = .questionReady(conflict) } }
      again(number, failure, at: moment)
    }
  }
}
