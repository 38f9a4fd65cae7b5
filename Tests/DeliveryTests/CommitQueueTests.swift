import DeliveryModel
import SystemSupport
import TestFixtures
import Testing

@testable import Delivery

struct CommitQueueTests {
  private let now = Fixture.start

  private func change(_ number: Int64) -> JournalChange { .retried(number: number, at: Fixture.wall) }

  @Test("one batch is under way at a time, and what arrives meanwhile is the next, in order")
  func batches() {
    var queue = CommitQueue()
    queue.add([change(1), change(2)])
    #expect(queue.next(now: now) == [change(1), change(2)])
    queue.add([change(3)])
    queue.add([change(4)])
    #expect(queue.next(now: now) == nil)
    queue.finished()
    #expect(queue.next(now: now) == [change(3), change(4)])
    #expect(!queue.isIdle)
    queue.finished()
    #expect(queue.isIdle)
    #expect(queue.next(now: now) == nil)
  }

  @Test("a full disk sends the same batch again first, after its time, with what came meanwhile behind it")
  func storageFull() {
    var queue = CommitQueue()
    queue.add([change(1)])
    let batch = queue.next(now: now) ?? []
    queue.add([change(2)])
    queue.failed(batch, retryAt: now + .seconds(5))
    #expect(queue.retryAt == now + .seconds(5))
    #expect(queue.next(now: now + .seconds(4)) == nil)
    #expect(!queue.isIdle)
    #expect(queue.next(now: now + .seconds(5)) == [change(1), change(2)])
    #expect(queue.retryAt == nil)
  }

  @Test("while more is awaited a small batch waits for company, and never longer than its patience")
  func company() {
    var queue = CommitQueue()
    queue.add([change(1)])
    #expect(queue.next(now: now, mayGrow: true) == nil)
    #expect(queue.nextLook == now + CommitQueue.patience)
    queue.add([change(2)])
    #expect(queue.next(now: now + CommitQueue.patience / 2, mayGrow: true) == nil)
    #expect(queue.next(now: now + CommitQueue.patience, mayGrow: true) == [change(1), change(2)])
    #expect(queue.nextLook == nil)
    queue.add([change(3)])
    queue.finished()
    #expect(queue.next(now: now + .seconds(1), mayGrow: true) == nil)
    #expect(queue.next(now: now + .seconds(1)) == [change(3)])
  }

  @Test("a batch that is worth a commit waits for nothing")
  func worthwhile() {
    var queue = CommitQueue()
    let changes = (1...Int64(CommitQueue.worthwhile)).map(change)
    queue.add(changes)
    #expect(queue.next(now: now, mayGrow: true) == changes)
  }

  /// Puts a waiter into `queue` that notes its name when it is resumed.
  private final class Waiters: Sendable {
    let done = Mailbox<String>()

    func run(_ names: [String], _ body: @escaping @Sendable ([CommitQueue.Waiter]) -> Void) async {
      await withTaskGroup(of: Void.self) { group in
        let waiting = Mailbox<(String, CommitQueue.Waiter)>()
        for name in names {
          group.addTask { [done] in
            do {
              try await withCheckedThrowingContinuation { waiting.post((name, $0)) }
              done.post(name)
            } catch {
              done.post(name + " failed")
            }
          }
        }
        var waiters: [String: CommitQueue.Waiter] = [:]
        while waiters.count < names.count {
          for (name, waiter) in await waiting.take() { waiters[name] = waiter }
        }
        body(names.compactMap { waiters[$0] })
      }
    }
  }

  @Test(
    "who waits hears it once the batch of theirs is durable and its effects can be seen, a full disk between or not",
    arguments: [false, true])
  func waiters(isFullOnce: Bool) async {
    let waiters = Waiters()
    await waiters.run(["first", "second"]) { handles in
      var queue = CommitQueue()
      queue.add([change(1)], waiter: handles[0])
      let batch = queue.next(now: now) ?? []
      if isFullOnce {
        queue.failed(batch, retryAt: now)
        queue.resumeFinished()
        _ = queue.next(now: now)
      }
      queue.add([change(2)], waiter: handles[1])
      queue.finished()
      #expect(waiters.done.takeNow().isEmpty)
      queue.resumeFinished()
      _ = queue.next(now: now)
      queue.abandon()
    }
    #expect(Set(waiters.done.takeNow()) == ["first", "second failed"])
  }
}
