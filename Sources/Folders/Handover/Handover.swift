import DeliveryModel
import Synchronization

/// Batches of settled files on their way from the folders' threads to the receiver, which gets all that there are at once: what
/// several folders have can be one commit.
final class Handover: Sendable {
  /// Files of one folder, which it keeps until they are accepted.
  struct Batch: Sendable {
    let files: [SettledFile]
    /// Made durable before the files.
    var findings: FolderFindings?
    let folder: Folder
  }

  private struct State {
    var batches: [Batch] = []
    var waiter: CheckedContinuation<Void, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())

  /// Any thread, never blocks.
  func post(_ batch: Batch) {
    state.withLock { state in
      state.batches.append(batch)
      return state.waiter.take()
    }?.resume()
  }

  /// What has come, of as many folders as there are, but no more than `limit` files unless a batch alone has more; waits
  /// for something. Empty once it is closed.
  func take(limit: Int) async -> [Batch] {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.isClosed || !state.batches.isEmpty { return true }
        state.waiter = continuation
        return false
      }
      if isReady { continuation.resume() }
    }
    return state.withLock { state in
      if state.isClosed { return [] }
      var (count, files) = (0, 0)
      for batch in state.batches {
        if count > 0, files + batch.files.count > limit { break }
        count += 1
        files += batch.files.count
      }
      defer { state.batches.removeFirst(count) }
      return Array(state.batches.prefix(count))
    }
  }

  /// Ends the receiver's wait, for ever.
  func close() {
    state.withLock { state in
      state.isClosed = true
      return state.waiter.take()
    }?.resume()
  }
}
