/// Bytes in memory that bodies are sent from. Nobody writes to them any more, and the last who holds them gives them back.
package final class BodyMemory: @unchecked Sendable {
  private let room: UnsafeMutableRawBufferPointer
  private let giveBack: @Sendable (UnsafeMutableRawBufferPointer) -> Void

  /// `room` is this value's until it is given back.
  package init(
    _ room: UnsafeMutableRawBufferPointer, giveBack: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.room = room
    self.giveBack = giveBack
  }

  deinit { giveBack(room) }

  package var count: Int { room.count }

  /// Valid while this value is held.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(room) }

  /// For whoever fills it, before anybody else has it.
  package var content: UnsafeMutableRawBufferPointer { room }

  /// Copies bytes from `offset` on.
  func copy(from offset: Int, into target: UnsafeMutableRawBufferPointer) {
    target.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[offset...].prefix(target.count)))
  }
}
