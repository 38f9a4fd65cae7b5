import DaemonConfiguration
import TestSupport

@testable import Delivery

/// Which kinds of faults a history has: with all of them in every one, some would never be seen alone.
struct Swarm {
  /// One file ends the process whenever it is read.
  let hasPoison: Bool
  /// Every create carries `If-None-Match: *`, under a key with the delivery's id.
  let writesOnce: Bool
  let losesJournal: Bool
  let reloads: Bool
  let setsClock: Bool
  let fillsDisk: Bool
  let dies: Bool
  let hasItemFaults: Bool
  /// S3 answers the same to an upload that is completed again.
  let completesAgain: Bool
  /// The watcher looks what the journal knows of a file before it hands it over.
  let recognizes: Bool
  /// Now and then everything of one folder is refused.
  let refusesFolder: Bool
  /// Contents of before come back, after their file was taken away or another content was there.
  let restores: Bool
  /// What the server makes of a CRC-64/NVME, and what is known of it.
  let checksums: SimulatedChecksums

  init(_ random: inout SeededGenerator) {
    hasPoison = random.chance(300)
    writesOnce = random.chance(300)
    losesJournal = random.chance(150)
    reloads = random.chance(300)
    setsClock = random.chance(300)
    fillsDisk = random.chance(700)
    dies = random.chance(800)
    hasItemFaults = random.chance(500)
    completesAgain = random.chance(500)
    recognizes = random.chance(700)
    refusesFolder = random.chance(500)
    restores = random.chance(600)
    checksums = SimulatedChecksums.allCases[random.below(SimulatedChecksums.allCases.count)]
  }
}

/// What the server makes of an upload that is verified by CRC-64/NVME.
enum SimulatedChecksums: CaseIterable {
  /// AWS.
  case amazons
  /// Another server that keeps it.
  case kept
  /// It is passed over, or the upload is refused.
  case ignored, refused
  /// Nobody asks for it.
  case unused

  var policy: ChecksumPolicy {
    ChecksumPolicy(setting: self == .unused ? .sha256 : .auto, place: "s3", isAmazons: self == .amazons)
  }
}
