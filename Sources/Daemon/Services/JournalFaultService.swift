import DeliveryJournal
import ServiceLifecycle

/// Ends the daemon when the journal fails, whoever came upon it: a scan, a page, a check. The next start goes on from what is
/// surely on disk; a damaged journal it sets aside.
struct JournalFaultService: Service {
  let journal: Journal

  func run() async throws {
    let failure = await cancelWhenGracefulShutdown { await journal.failure() }
    if let failure { throw failure }
  }
}
