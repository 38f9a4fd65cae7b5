import DeliveryModel

extension DeliveryMachine {
  /// The folder's rules refuse the file: nothing of it is uploaded, its record is next, and it is moved aside.
  mutating func refuse(_ digest: FileDigest, _ entry: ActiveDelivery, at moment: Moment) {
    let number = entry.delivery.number
    guard let verdict = digest.verdict else { return }
    abortMultipart(entry.delivery)
    active[number]?.delivery.prepared = digest.prepared
    active[number]?.stage = .savingReceipt
    emit(.commit(.prepared(number: number, digest.prepared)))
    emit(.commit(.attemptBegan(number: number, at: moment.wall)))
    emit(.commit(.judged(number: number, verdict)))
    emit(.commit(.errand(number: number, .due(.reject, at: moment.wall))))
    emit(.releaseContent(number))
    emit(.note(.rejected(number, reason: verdict.reason)))
  }

  /// The refusal is durable: only the record is left.
  mutating func judged(_ number: Int64, _ verdict: Verdict) {
    active[number]?.delivery.verdict = verdict
    if verdict.isRejected { awaitRecord(number) }
  }
}
