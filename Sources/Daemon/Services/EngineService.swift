import Delivery
import ServiceLifecycle

/// The engine as a service: a graceful shutdown lets what is under way finish within a bound.
struct EngineService: Service {
  let engine: DeliveryEngine

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await engine.run()
    } onGracefulShutdown: {
      engine.stop()
    }
  }
}
