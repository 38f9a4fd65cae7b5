extension CurlTransport {
  /// Sends one request and waits for its answer, before the exchanges that are waiting.
  ///
  /// Cancelling the task ends the exchange, which then throws `cancelled`.
  package func perform(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    let number = mailbox.waiterNumber()
    let mailbox = self.mailbox
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Mailbox.Waiter) in
        guard mailbox.post(request, waiter: number, waiter) else {
          waiter.resume(returning: .failure(.cancelled))
          return
        }
        // A cancellation before this moment had nothing to cancel yet.
        if Task.isCancelled { _ = mailbox.post(.cancel([.waiter(number)])) }
      }
    } onCancel: {
      _ = mailbox.post(.cancel([.waiter(number)]))
    }
    return try result.get()
  }
}
