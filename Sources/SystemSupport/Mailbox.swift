package import Synchronization

/// A queue with one consumer that takes everything at once: what arrives while it works is its next batch.
///
/// Unbounded by itself; each producer is bounded by what it has been asked to do. Items that say no more than that there is
/// news (`Void`) count as one: nobody may ever take them.
package final class Mailbox<Element: Sendable>: Sendable {
  @usableFromInline
  struct State {
    @usableFromInline var items: [Element] = []
    @usableFromInline var waiter: CheckedContinuation<Void, Never>?
    @usableFromInline var isClosed = false

    @inlinable
    init() {}
  }

  @usableFromInline let state = Mutex(State())

  @inlinable
  package init() {}

  /// Adds items, in order, and wakes the consumer. False once the mailbox is closed: the items are dropped.
  @inlinable @discardableResult
  package func post(_ items: some Sequence<Element>) -> Bool {
    let (waiter, isOpen) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
      guard !state.isClosed else { return (nil, false) }
      state.items.append(contentsOf: items)
      guard !state.items.isEmpty else { return (nil, true) }
      if Element.self == Void.self { state.items.removeLast(state.items.count - 1) }
      return (state.waiter.take(), true)
    }
    waiter?.resume()
    return isOpen
  }

  @inlinable @discardableResult
  package func post(_ item: Element) -> Bool { post(CollectionOfOne(item)) }

  /// Everything that has arrived; waits until there is something. Empty once the mailbox is closed, or when the
  /// task is cancelled.
  @inlinable
  package func take() async -> [Element] {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.isClosed || !state.items.isEmpty || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isReady { continuation.resume() }
      }
      return takeNow()
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }

  /// Everything that has arrived, without waiting.
  @inlinable
  package func takeNow() -> [Element] {
    state.withLock { state in
      let items = state.items
      state.items = []
      return items
    }
  }

  /// Wakes the consumer for the last time; later items are dropped.
  @inlinable
  package func close() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.isClosed = true
      return state.waiter.take()
    }
    waiter?.resume()
  }
}
