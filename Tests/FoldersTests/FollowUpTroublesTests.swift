import DeliveryModel
import Testing

@testable import Folders

struct FollowUpTroublesTests {
  private static func outcome(
    _ number: Int64, _ reason: String?, kind: Errand.Kind = .dispose, folder: String = "inbox"
  ) -> FollowUpTroubles.Outcome {
    FollowUpTroubles.Outcome(folder: folder, number: number, kind: kind, reason: reason)
  }

  @Test("what another file could do is no end of one file's trouble, which only that very follow-up ends")
  func kept() {
    var troubles = FollowUpTroubles()
    troubles.take([Self.outcome(7, "no"), Self.outcome(8, nil), Self.outcome(7, nil, kind: .receipt)])
    #expect(troubles.texts == ["inbox": "no (1 file)"])
    troubles.take([Self.outcome(7, nil)])
    #expect(troubles == FollowUpTroubles())
  }

  @Test("the first file's reason is reported, and how many files there are, whatever is to be done with each")
  func counted() {
    var troubles = FollowUpTroubles()
    troubles.take([Self.outcome(9, "later"), Self.outcome(3, "first"), Self.outcome(3, "receipt", kind: .receipt)])
    troubles.take([Self.outcome(1, "other", folder: "scans")])
    #expect(troubles.texts == ["inbox": "first (2 files)", "scans": "other (1 file)"])
    troubles.keep(["scans"])
    #expect(troubles.texts == ["scans": "other (1 file)"])
  }

  @Test("a million files in trouble cost no more than ten thousand")
  func bounded() {
    var troubles = FollowUpTroubles()
    troubles.take((1...20_000).map { Self.outcome($0, "no") })
    #expect(troubles.texts == ["inbox": "no (at least 10000 files)"])
    troubles.take((1...20_000).map { Self.outcome($0, nil) })
    #expect(troubles.texts.isEmpty)
  }
}
