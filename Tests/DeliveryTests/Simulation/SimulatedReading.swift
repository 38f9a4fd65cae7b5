import DeliveryModel

@testable import Delivery

/// A large file that is sent while it is read.
struct SimulatedReading {
  let delivery: Delivery
  let identity: FileIdentity
  /// What was in each part when it was read.
  var parts: [UInt64] = []
  /// Whether somebody sends.
  var isWanted = true
  /// Parts that have a SHA-256 of their own.
  var signed: Set<Int> = []
  let signs: Bool
  let withCRC64: Bool
}

extension DeliverySimulation {
  /// Whether the reader may hand over the file part by part.
  func mayReadAhead(_ delivery: Delivery) -> Bool {
    let identity = delivery.file.identity
    guard delivery.number > 0, identity.size > SimulatedFolder.partSize, delivery.prepared == nil, !delivery.isReadAnew,
      delivery.previous == nil, delivery.arrival != nil, !delivery.isFromFirstScan, !swarm.writesOnce,
      delivery.file.path != SimulatedFolder.names[0]
    else { return false }
    return folder.documents[delivery.file.path]?.identity.matches(identity) == true
  }

  mutating func beginReading(_ delivery: Delivery) {
    let withCRC64 = (delivery.multipart?.checksum ?? machine.checksums.algorithm) == .crc64nvme
    readings.append(
      SimulatedReading(
        delivery: delivery, identity: delivery.file.identity, signs: !(withCRC64 && machine.checksums.isCertain),
        withCRC64: withCRC64))
  }

  /// One of them goes on by a part, or comes to its end.
  mutating func readOn() {
    let index = random.below(readings.count)
    let reading = readings[index]
    let (number, part) = (reading.delivery.number, reading.parts.count + 1)
    guard part <= 3 else {
      readings.remove(at: index)
      return machine.hashed(number, outcome(of: reading), at: moment())
    }
    let content = folder.inodes[reading.identity.inode] ?? 0
    readings[index].parts.append(content)
    if reading.signs || !reading.isWanted { readings[index].signed.insert(part) }
    guard reading.isWanted else { return }
    let checksums = PartChecksums(
      sha256: reading.signs ? SimulatedFolder.digest(ofPart: part, of: content) : nil,
      crc64: reading.withCRC64 ? SimulatedFolder.crc64(ofPart: part, of: content) : nil)
    partMemory[number, default: [:]][part] = content
    let target = UploadTarget(
      bucket: bucket, objectKey: "inbox/" + reading.delivery.file.path.escaped, contentType: "", owner: "", host: "")
    machine.partRead(
      ReadPart(
        delivery: number, part: part, checksums: checksums,
        begins: part == 1 ? AheadUpload(target: target, partSize: SimulatedFolder.partSize) : nil, stream: PartStream()),
      at: moment())
  }

  /// The last look: only a file that is the very same all the time has a digest.
  private mutating func outcome(of reading: SimulatedReading) -> HashOutcome {
    let file = reading.delivery.file
    guard let document = folder.documents[file.path] else { return .gone }
    guard document.identity == reading.identity else { return .changed }
    let content = document.content
    contents[reading.delivery.number] = (.descriptor(inode: document.identity.inode), content)
    let digest = SimulatedFolder.digest(of: content)
    let isRepeated = reading.delivery.formerContents.contains(digest)
    let prepared = PreparedDelivery(
      sha256: digest, id: DeliveryID(file, .digest(digest), arrival: isRepeated ? reading.delivery.arrival : nil),
      bucket: bucket, objectKey: "inbox/" + file.path.escaped, contentType: "", owner: "", host: "")
    return .hashed(
      FileDigest(
        prepared: prepared, partSize: SimulatedFolder.partSize,
        partDigests: (1...3).map {
          reading.signed.contains($0) ? SimulatedFolder.digest(ofPart: $0, of: content) : PartDigests.unknown
        },
        partCRC64: reading.withCRC64 ? (1...3).map { SimulatedFolder.crc64(ofPart: $0, of: content) } : []))
  }

  /// Nobody sends what is read: the reader makes what is left such that it can be signed later.
  mutating func letGoOfReading(_ number: Int64) {
    for index in readings.indices where readings[index].delivery.number == number {
      readings[index].isWanted = false
      readings[index].signed.formUnion((partMemory[number] ?? [:]).keys)
    }
    partMemory[number] = nil
  }
}
