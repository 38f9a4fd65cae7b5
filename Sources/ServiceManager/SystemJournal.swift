import CSystemd
package import DeliveryModel

/// Why the machine's journal cannot be read: the number that libsystemd answered.
package enum SystemJournalError: Error, Sendable, Equatable {
  case failed(Int32)
  /// There is none, or this user may not read it.
  case unreadable
}

/// Reads what one program writes to the systemd journal, as it is written (`sd-journal(3)`).
package struct SystemJournal {
  /// One entry of the program.
  package struct Entry: Sendable {
    /// When journald got it.
    package let at: Timestamp
    package let message: [UInt8]
    /// The program's file, as journald found it by the process (`_EXE`); nobody can set that.
    package let executable: [UInt8]
  }

  package enum Event: Sendable {
    case entry(Entry)
    /// journald dropped messages, of whichever program.
    case lost
    /// All that was there before is read.
    case current
  }

  /// `SYSLOG_IDENTIFIER`, which any program may choose: see ``Entry/executable``.
  package let identifier: String
  /// So many old entries are read first, at most.
  package let backlog: UInt64

  package init(identifier: String, backlog: UInt64) {
    self.identifier = identifier
    self.backlog = backlog
  }

  /// Bytes of a field that are looked at: two paths and what stands before them.
  private static let longest = 16 << 10
  /// Without news it looks up so often, in microseconds, whether it is to end.
  private static let pause: UInt64 = 60_000_000
  /// `SD_MESSAGE_JOURNAL_DROPPED` (`systemd/sd-messages.h`).
  private static let dropped = "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"

  /// Tells of each entry that processes of the group 0 (`_GID`: the kernel tells journald whose it is) wrote by `syslog(3)`,
  /// oldest first, until `take` answers false. No user can have that group, whatever program they run; a program that root
  /// started and that works as a user for a while keeps it. Blocks; files that are rotated or removed are followed by libsystemd.
  package func follow(_ take: (Event?) -> Bool) throws(SystemJournalError) {
    try Self.demandSystemFiles()
    // Not only the system's files: journald keeps what a process wrote as a user in that user's file.
    let journal = try Self.open(SD_JOURNAL_LOCAL_ONLY)
    defer { sd_journal_close(journal) }
    try Self.check(sd_journal_set_data_threshold(journal, Self.longest))
    for match in ["SYSLOG_IDENTIFIER=\(identifier)", "_GID=0", "_TRANSPORT=syslog"] {
      try Self.check(sd_journal_add_match(journal, match, 0))
    }
    try Self.check(sd_journal_add_disjunction(journal))
    try Self.check(sd_journal_add_match(journal, Self.dropped, 0))
    try Self.check(sd_journal_seek_tail(journal))
    var found = try Self.check(sd_journal_previous_skip(journal, backlog))
    if found == 0 { try Self.check(sd_journal_seek_head(journal)) }
    var isCurrent = false
    while true {
      while found > 0 {
        guard take(Self.event(journal)) else { return }
        found = try Self.check(sd_journal_next(journal))
      }
      if !isCurrent {
        isCurrent = true
        guard take(.current) else { return }
      }
      try Self.check(sd_journal_wait(journal, Self.pause))
      guard take(nil) else { return }
      found = try Self.check(sd_journal_next(journal))
    }
  }

  private static func open(_ flags: Int) throws(SystemJournalError) -> OpaquePointer {
    var opened: OpaquePointer?
    try check(sd_journal_open(&opened, Int32(flags)))
    guard let opened else { throw .unreadable }
    return opened
  }

  /// Everybody may read the file of their own, and libsystemd passes over the others without a word.
  private static func demandSystemFiles() throws(SystemJournalError) {
    let journal = try open(SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM)
    defer { sd_journal_close(journal) }
    guard sd_journal_has_runtime_files(journal) > 0 || sd_journal_has_persistent_files(journal) > 0 else {
      throw .unreadable
    }
  }

  @discardableResult
  private static func check(_ answer: Int32) throws(SystemJournalError) -> Int32 {
    if answer < 0 { throw .failed(-answer) }
    return answer
  }

  /// What stands at the current entry; nil where it was removed meanwhile, is damaged, or too long.
  private static func event(_ journal: OpaquePointer) -> Event? {
    var moment: UInt64 = 0
    if field("MESSAGE_ID", of: journal) == Array(dropped.utf8.dropFirst("MESSAGE_ID=".utf8.count)) { return .lost }
    guard sd_journal_get_realtime_usec(journal, &moment) >= 0, let message = message(of: journal),
      let executable = field("_EXE", of: journal), field("_GID", of: journal) == [UInt8(ascii: "0")]
    else { return nil }
    return .entry(
      Entry(at: Timestamp(milliseconds: Int64(moment / 1000)), message: message, executable: executable))
  }

  /// The message as it was sent. `MESSAGE` may lack spaces at its end, which a file's name may have: where it does,
  /// `SYSLOG_RAW` has the line as it came, `<173>Nov 29 23:13:19 smbd_audit: …`, its end that of `syslog(3)`.
  private static func message(of journal: OpaquePointer) -> [UInt8]? {
    guard let shown = field("MESSAGE", of: journal) else { return nil }
    guard let raw = field("SYSLOG_RAW", of: journal) else { return shown }
    let separator = Array(": ".utf8)
    guard let end = raw.indices.first(where: { raw[$0...].starts(with: separator) }) else { return nil }
    let sent = raw[(end + separator.count)...]
    return Array(sent.last == UInt8(ascii: "\n") ? sent.dropLast() : sent)
  }

  private static func field(_ name: String, of journal: OpaquePointer) -> [UInt8]? {
    var bytes: UnsafeRawPointer?
    var count = 0
    guard sd_journal_get_data(journal, name, &bytes, &count) >= 0, count < longest, let bytes else { return nil }
    return Array(UnsafeRawBufferPointer(start: bytes, count: count).dropFirst(name.utf8.count + 1))
  }
}
