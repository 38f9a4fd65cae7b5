/// What a log record is about, as a constant that never changes: `journalctl MESSAGE_ID=…` finds every record of a kind,
/// and a message catalogue can explain it. Random version 4 identifiers, as sd-id128(3) asks for.
package enum MessageID: String, Sendable, CaseIterable {
  /// The daemon is up: configuration valid, journal open, watches standing.
  case started = "25f01924e0044bd9a9747b7614c7775a"
  /// The daemon has begun to shut down.
  case stopping = "62c8ca1bc87f49359380ec3008b2009b"
  /// A file's object and record are acknowledged.
  case delivered = "7aa3de77de384e2aa4c5f278ff115aef"
  /// A service refuses for a reason of the account or the service; its queue is paused and every file kept.
  case blocked = "670f6742f2a94d7aacfd1a7763e1daea"
  /// A blocked service works again.
  case unblocked = "67fcaa8e5bb84c86b29429a2bb1ace30"
  /// A fault of one file stopped it.
  case parked = "ac8022c9c8ca4b51bc93b75871e6ce30"
  /// A file was gone or replaced before it was uploaded.
  case withdrawn = "fb917d87a7624684afc06bca5e56d8d6"
  /// A folder's rules refused a file.
  case rejected = "0b6d2c1f5a5e4b1c9f0e7c7a3d2b9a64"
  /// A file changed while it was read; what was read is void and it is watched again until it rests.
  case requeued = "79a83b607a9f4d7ea19d79d72d8e209a"
  /// A rescan found a file that no event had told of.
  case missedByWatch = "a2394de375d04c4e93312e7d04653820"
  /// A file has not come to rest for half an hour.
  case overdue = "7662183e56454baa812726c24cc0dd74"
  /// The kernel dropped events; the folder is scanned again.
  case overflow = "bd932ce613e94f4295de285efd89a1d9"
  /// A watched folder cannot be read.
  case folderUnavailable = "24cd8d532bda4753b728d66fe94a9921"
  /// A watched folder can be read again.
  case folderAvailable = "f52f94ed7d2642009ec0d37916e791a7"
  /// A configuration was refused; on a reload the old one stays.
  case configurationRejected = "950f536a363649bea8d0079f996f5211"
  /// A new configuration is in force.
  case reloaded = "fc1c1d3afe7d40c69cc910c22752d710"
  /// What a new configuration says is not all in force before a restart.
  case restartNeeded = "451bb47bf1d4445a878df241cf100a8b"
  /// The delivery journal was damaged; it was moved aside and a new one begun.
  case journalSetAside = "c879c25a768a4b3590e87accad18901a"
  /// Another program keeps an old state of the journal open, and the journal's log grows.
  case journalLogGrows = "eaa8c70d7e4e49c78096c601c651c57c"
  /// The daemon cannot go on and ends; systemd starts it again.
  case fault = "8a46ea715bd0469f8142660f81f90933"
  /// A loop gives no sign of life; systemd will end and restart the service.
  case stuck = "5a8ca66e1cef445cb67cad90cf40069d"
  /// An attempt failed; another follows by itself.
  case attemptFailed = "178cc495923547509f89884c54282268"
  /// A folder gets no events and is looked through at intervals.
  case polled = "78eb34a7b9c84c9da8fb8dc4c84720c1"
  /// Something in a folder cannot be read.
  case unreadable = "52f1a452a65f4b7a824f7475048ce850"
  /// The run before this one did not end in order.
  case uncleanExit = "4758f7a3811b4cf4a867626f6e37f247"

  /// Somebody could not be told of an alert; it is tried again.
  case alertFailed = "b7d0a5c92f4e4f0c8d7a3e61c5f92a18"

  /// Whether the text is an identifier: 32 lower-case hexadecimal digits.
  static func isValid(_ text: String) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
      }
  }
}
