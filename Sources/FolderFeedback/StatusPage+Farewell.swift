/// The last page of a folder that keeps none any more.
extension StatusPage {
  /// Says that it is no longer kept, and since when. The same for the same words, so that it is told from what people wrote.
  package static func farewell(folder: String, language: Language, since: LocalMoment) -> [UInt8] {
    var page = StatusPage(
      folder: folder, language: language, verdict: .notKept, waitingCount: 0, waiting: [], refused: [],
      refusedPlace: nil,
      arrived: [], reached: nil, hasTrouble: false)
    page.endedAt = since
    return page.html(asOf: since)
  }
}
