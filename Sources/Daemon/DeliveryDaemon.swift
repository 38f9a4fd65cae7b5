import AWSClients
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Folders
import HTTPTransport
import Logging
import ServiceLifecycle
import ServiceManager
import Status
import SystemSupport

/// The whole daemon, put together: everything that runs is a service of one group, so that the end of one is known to
/// all, and a graceful shutdown goes from the watcher over the engine to the status.
package struct DeliveryDaemon: Sendable {
  private let options: DaemonOptions
  private let notifier: any ServiceNotifier = SystemdNotifier()

  package init(_ options: DaemonOptions) {
    self.options = options
  }

  /// The longest that a few pages of a damaged journal can take.
  private static let salvageStep = Duration.seconds(120)

  /// Our own and those of libdispatch, which reads files and writes the journal. Where the system gives it no thread,
  /// libdispatch makes the caller wait until it does, without a word: better to know at the start.
  private static let threads = 17
  /// Its own, and one for what takes long in it.
  static let threadsPerFolder = 2

  /// Runs until SIGTERM or SIGINT, or until drained. Returns whether everything asked for was done; throws what made it
  /// impossible to go on.
  package func run() async throws -> Bool {
    LeaseProbe.prepare()
    try BlockingThread.makeSureOfRoom(for: Self.threads + Self.threadsPerFolder * options.configuration.folders.count)
    let descriptors = try DescriptorBudget(for: options.configuration)
    let hold = try StateHold(directory: options.configuration.journal.directory, now: WallClock.now) { [notifier] in
      notifier.extendTimeout(by: Self.salvageStep)
    }
    defer { hold.close() }
    let marker = RunMarker(directory: hold.directory)
    let (last, isNew) = marker.begin(at: WallClock.now, marks: hold.marks)
    if let aside = hold.setAside { reportDamage(aside, hold.journal.salvaged) }
    if isNew, let last { report(last) }
    do {
      let complete = try await deliver(hold, descriptors, lastUncleanExit: last)
      marker.end()
      return complete
    } catch {
      marker.fail("\(error)", at: WallClock.now)
      throw error
    }
  }

  private func deliver(
    _ hold: StateHold, _ descriptors: DescriptorBudget, lastUncleanExit: RunEnding?
  ) async throws -> Bool {
    await AlertService.use(options.configuration.alerts, hold.journal)
    try await CrashReport(hold: hold, log: EngineLog(logger: options.logger)).take(at: WallClock.now)
    let parts = try await DaemonParts(
      options: options, hold: hold, descriptors: descriptors, notifier: notifier, lastUncleanExit: lastUncleanExit)
    defer { parts.transport.shutdown() }
    options.logger.notice(
      "s3loggerd \(Version.number) started, folders: \(options.configuration.folders.count)",
      metadata: [LogKey.messageID: MessageID.started.metadataValue])
    try await parts.group(options, notifier).run()
    return options.drainLimit == nil || parts.drained.isComplete
  }

  /// Why it could not go on, as the last word of its log, and what that means for the files.
  package func tellFault(_ error: any Error) {
    var isBegun = JournalReader.exists(in: options.configuration.journal.directory)
    if case JournalError.noRoom = error { isBegun = false }
    if case JournalError.damaged = error { isBegun = nil }
    let consequence =
      switch isBegun {
      case true?: "the journal has every file, and the next start goes on with it"
      case false?:
        "there is no journal yet, and the files stay in their folders, where the first start that succeeds finds them"
      case nil: "the files stay in their folders, and the next start that succeeds finds them"
      }
    options.logger.critical(
      "ended by a fault: \(error). Nothing is lost: \(consequence)",
      metadata: [LogKey.messageID: MessageID.fault.metadataValue])
  }

  private func report(_ ending: RunEnding) {
    options.logger.warning(
      "the run before this one ended by itself: \(ending.reason). Nothing is lost: the journal has every file",
      metadata: [LogKey.messageID: MessageID.uncleanExit.metadataValue])
  }

  private func reportDamage(_ aside: String, _ salvaged: SalvagedJournal?) {
    var taken = "nothing could be taken over from it"
    if let salvaged {
      taken = "\(salvaged.deliveries) deliveries were taken over from it"
      if salvaged.lostDeliveries > 0 { taken += ", \(salvaged.lostDeliveries) could not be read" }
      if salvaged.damagedPages > 0 { taken += ", \(salvaged.damagedPages) damaged pages" }
      if salvaged.lostOthers > 0 { taken += ", \(salvaged.lostOthers) entries about single steps are gone" }
    }
    options.logger.error(
      """
      the journal was damaged and is now \(aside); \(taken). A scan of the folders finds what is missing: nothing is lost \
      and nothing is recorded twice
      """, metadata: [LogKey.messageID: MessageID.journalSetAside.metadataValue])
  }
}
