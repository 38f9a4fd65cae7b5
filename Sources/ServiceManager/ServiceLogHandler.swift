import Logging

/// The bridge from swift-log: gathers the metadata of a record and hands it to the sink.
struct ServiceLogHandler: LogHandler {
  let sink: any LogSink
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(sink: any LogSink, level: Logger.Level) {
    self.sink = sink
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var all = event.metadata ?? [:]
    if let provided = metadataProvider?.get() { all.merge(provided) { own, _ in own } }
    if !metadata.isEmpty { all.merge(metadata) { own, _ in own } }
    if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
    sink.write(LogRecord(level: event.level, message: event.message.description, metadata: all))
  }
}
