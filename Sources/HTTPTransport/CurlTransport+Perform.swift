extension CurlTransport {
  /// Sends one request and waits for its answer, before the exchanges that are waiting.
  ///
  /// Cancelling the task ends the exchange, which then throws `cancelled`.
  package func perform(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    let orders = self.orders
    let number = orders.waiterNumber()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: TransportOrders.Waiter) in
        guard orders.post(request, waiter: number, waiter) else {
          waiter.resume(returning: .failure(.cancelled))
          return
        }
        // A cancellation before this moment had nothing to cancel yet.
        if Task.isCancelled { _ = orders.post(.cancel([.waiter(number)])) }
      }
    } onCancel: {
      _ = orders.post(.cancel([.waiter(number)]))
    }
    return try result.get()
  }
}
