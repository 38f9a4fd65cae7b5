import Testing

@testable import SystemSupport

struct MailboxTests {
  @Test("everything that arrived comes at once, in order")
  func order() async {
    let mailbox = Mailbox<Int>()
    mailbox.post([1, 2])
    mailbox.post(3)
    #expect(await mailbox.take() == [1, 2, 3])
    #expect(mailbox.takeNow().isEmpty)
  }

  @Test("who waits is woken by the next item, and not by an empty post")
  func wakes() async {
    let mailbox = Mailbox<Int>()
    async let taken = mailbox.take()
    mailbox.post([])
    mailbox.post(7)
    #expect(await taken == [7])
  }

  @Test("cancelling who waits ends the wait with nothing, and what comes later is kept for the next")
  func cancellation() async {
    let mailbox = Mailbox<Int>()
    let waiting = Task { await mailbox.take() }
    waiting.cancel()
    #expect(await waiting.value.isEmpty)
    mailbox.post(1)
    #expect(await mailbox.take() == [1])
  }

  @Test("news without content is kept once, however often it is told and though nobody takes it")
  func news() {
    let mailbox = Mailbox<Void>()
    for _ in 0..<3 { mailbox.post(()) }
    #expect(mailbox.takeNow().count == 1)
  }

  @Test("a task already cancelled does not wait")
  func alreadyCancelled() async {
    let mailbox = Mailbox<Int>()
    await withTaskGroup(of: Void.self) { group in
      group.cancelAll()
      group.addTask { #expect(await mailbox.take().isEmpty) }
    }
  }

  @Test("a closed mailbox wakes its reader, drops what comes later and never waits again")
  func closing() async {
    let mailbox = Mailbox<Int>()
    async let taken = mailbox.take()
    mailbox.close()
    #expect(await taken.isEmpty)
    mailbox.post(1)
    #expect(await mailbox.take().isEmpty)
  }

  @Test("no wake-up is lost and each producer's order holds, with four producers at once")
  func producers() async {
    let mailbox = Mailbox<(producer: Int, value: Int)>()
    let count = 2000
    await withTaskGroup(of: Void.self) { group in
      for producer in 0..<4 {
        group.addTask { for value in 0..<count { mailbox.post((producer, value)) } }
      }
      var next = [0, 0, 0, 0]
      while next.reduce(0, +) < 4 * count {
        for item in await mailbox.take() {
          #expect(item.value == next[item.producer])
          next[item.producer] = item.value + 1
        }
      }
    }
  }
}
