import AWSSigning
import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Credential cache")
struct CredentialCacheTests {
  private let clock = ManualClock()
  private let provider = GatedProvider()

  private func cache() -> CredentialCache {
    CredentialCache(provider, wallClock: { [clock] in clock.now })
  }

  private func session(_ name: String, lasting duration: Duration = .seconds(3600)) -> AWSCredentials {
    AWSCredentials(accessKeyID: name, secretAccessKey: "s", sessionToken: "t", expiration: clock.now + duration)
  }

  private let down = ServiceFailure(lane: .sts, failureClass: .retry, code: "down", message: "down")

  /// Begins `count` requests for credentials and returns once all of them wait.
  private func ask(
    _ cache: CredentialCache, _ count: Int
  ) async -> [Task<Result<AWSCredentials, ServiceFailure>, Never>] {
    let before = await cache.waiting
    let tasks = (0..<count).map { _ in
      Task { () -> Result<AWSCredentials, ServiceFailure> in
        do throws(ServiceFailure) { return .success(try await cache.credentials()) } catch { return .failure(error) }
      }
    }
    while await cache.waiting < before + count { await Task.yield() }
    return tasks
  }

  @Test("20 who ask together cause one renewal and get the same credentials")
  func singleFlight() async {
    let cache = cache()
    let tasks = await ask(cache, 20)
    let first = session("A")
    await provider.answer(.success(first))
    for task in tasks { #expect(await task.value == .success(first)) }
    #expect(provider.calls == 1)
  }

  @Test("it tells how long credentials need no renewal: three quarters of an hour")
  func untilRenewal() async {
    let cache = cache()
    #expect(await cache.untilRenewal() == nil)
    let tasks = await ask(cache, 1)
    await provider.answer(.success(session("A")))
    for task in tasks { _ = await task.value }
    #expect(await cache.untilRenewal() == .seconds(2700))
    clock.advance(by: .seconds(2800))
    #expect(await cache.untilRenewal() == .seconds(-100))
  }

  @Test("one who is cancelled leaves at once, the renewal goes on for the others")
  func cancelledWaiter() async {
    let cache = cache()
    let tasks = await ask(cache, 2)
    tasks[0].cancel()
    #expect(await tasks[0].value.failure?.code == "cancelled")
    let first = session("A")
    await provider.answer(.success(first))
    #expect(await tasks[1].value == .success(first))
    #expect(provider.calls == 1)
  }

  @Test("one who is cancelled before waiting does not wait")
  func cancelledBefore() async {
    let cache = cache()
    let asking = await ask(cache, 1)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await #expect(throws: ServiceFailure.self) { try await cache.credentials() }?.code
    }
    #expect(await task.value == "cancelled")
    await provider.answer(.success(session("A")))
    #expect(await asking[0].value.success?.accessKeyID == "A")
  }

  @Test("all who wait learn of a failed renewal, and a later one succeeds")
  func failureIsNotFinal() async throws {
    let cache = cache()
    let tasks = await ask(cache, 3)
    await provider.answer(.failure(down))
    for task in tasks { #expect(await task.value == .failure(down)) }
    await #expect(throws: down) { try await cache.credentials() }
    #expect(provider.calls == 1)
    clock.advance(by: .seconds(1))
    let again = await ask(cache, 1)
    await provider.answer(.success(session("A")))
    #expect(await again[0].value.success?.accessKeyID == "A")
  }

  @Test("in the last quarter of an hour they are renewed while the old ones are used")
  func advisory() async throws {
    let cache = cache()
    let tasks = await ask(cache, 1)
    await provider.answer(.success(session("A")))
    _ = await tasks[0].value
    clock.advance(by: .seconds(45 * 60))
    for _ in 0..<5 { #expect(try await cache.credentials().accessKeyID == "A") }
    await provider.answer(.success(session("B")))
    while try await cache.credentials().accessKeyID == "A" { await Task.yield() }
    #expect(provider.calls == 2)
  }

  @Test("invalidation forces one renewal, whoever used the refused credentials")
  func invalidation() async throws {
    let cache = cache()
    let tasks = await ask(cache, 1)
    let first = session("A")
    await provider.answer(.success(first))
    _ = await tasks[0].value
    await cache.invalidate(first)
    let waiting = await ask(cache, 3)
    await provider.answer(.success(session("B")))
    for task in waiting { #expect(await task.value.success?.accessKeyID == "B") }
    await cache.invalidate(first)
    #expect(try await cache.credentials().accessKeyID == "B")
    #expect(provider.calls == 2)
  }

  /// Answers at once, as the environment does.
  private struct InstantProvider: CredentialProvider {
    func find() async throws(ServiceFailure) -> SourcedCredentials {
      SourcedCredentials(sampleCredentials, from: "here")
    }
  }

  @Test("a renewal that ends before its waiter waits is not missed")
  func instant() async throws {
    for _ in 0..<500 {
      let cache = CredentialCache(InstantProvider(), wallClock: { signedAt })
      #expect(try await cache.credentials() == sampleCredentials)
    }
  }

  @Test("an outcome waits for the owner of a place that was taken before it")
  func early() async throws {
    let waiters = CredentialWaiters()
    let place = waiters.enter()
    waiters.resumeAll(.success(sampleCredentials))
    #expect(try await waiters.wait(at: place) == sampleCredentials)
    #expect(waiters.count == 0)
  }
}
