package import DeliveryModel

/// Which deliveries are wanted from the journal.
package struct DueRequest: Sendable, Equatable {
  package var state: DeliveryState
  package var dueBefore: Timestamp
  /// A next attempt further away was set by a clock that has since gone back: it is due.
  package var horizon: Duration
  package var excluding: Set<Int64>
  package var limit: Int
  /// No folder gets more than this, less what it has in hand.
  package var folderLimit: Int
  package var inHand: [String: Int]
  /// Folders of which nothing is wanted.
  package var without: Set<String>
  /// The one folder of which something is wanted; nil for all.
  package var only: String?
  package var purpose = Purpose.ordinary
  /// By folder, the directories of which nothing is wanted; for a probe, only what is there of others comes first.
  package var withoutDirectories: [String: [RelativePath]] = [:]

  /// Whether files that the table is to be asked for first are left where they are.
  package var withoutQuestions = false

  /// What they are wanted for.
  package enum Purpose: Sendable, Equatable {
    case ordinary
    /// One of them shows whether a service, or what a folder asks of it, works again.
    case probe
    /// The same, by what never failed in its state: nothing else is wanted.
    case trial
    /// A folder has nothing in memory while others fill it.
    case first
  }

  package init(
    state: DeliveryState, dueBefore: Timestamp, horizon: Duration = .seconds(86_400), excluding: Set<Int64> = [],
    limit: Int, folderLimit: Int = .max, inHand: [String: Int] = [:], without: Set<String> = []
  ) {
    self.state = state
    self.dueBefore = dueBefore
    self.horizon = horizon
    self.excluding = excluding
    self.limit = limit
    self.folderLimit = folderLimit
    self.inHand = inHand
    self.without = without
  }

  /// What `folder` may still get.
  package func room(of folder: String) -> Int { max(0, folderLimit - inHand[folder, default: 0]) }

  /// The folders of which the journal may hold more that is due than this answer has.
  package func shortened(by answer: [Delivery]) -> Set<String> {
    let counts = answer.reduce(into: inHand.mapValues { _ in 0 }) { $0[$1.file.folder, default: 0] += 1 }
    return Set(counts.filter { $0.value >= room(of: $0.key) }.keys)
  }
}

extension Journal {
  /// Deliveries that are due, from each folder those due longest first; every folder that has any gets its part. Each
  /// with what became of earlier ones of its path; of several of one path the first alone, as the others have to wait for
  /// its end, and are asked for again.
  package func due(_ request: DueRequest) async throws(JournalError) -> [Delivery] {
    try await transaction("BEGIN") { database in
      var due = try DueSelection(request, database).deliveries()
      var seen: [String: Set<RelativePath>] = [:]
      for index in due.indices {
        let file = due[index].file
        if seen[file.folder, default: []].insert(file.path).inserted { try database.addPast(to: &due[index]) }
      }
      return due
    }
  }

  /// When the next delivery in `state` becomes due after `moment`, in other folders than `without`; nil if none will.
  package func nextDue(
    in state: DeliveryState, after moment: Timestamp, without: Set<String> = [], only: String? = nil
  ) async throws(JournalError) -> Timestamp? {
    let code = SQLValue.integer(StateCode.code(state))
    return try await onWriter { database in
      let next = try (only.map { [$0] } ?? database.foldersWithOpen(state)).filter { !without.contains($0) }.compactMap
      { folder in
        try database.integer(Self.nextDue, [code, .text(folder), .time(moment)])
      }
      return next.min().map(DeliveryRow.time)
    }
  }

  static let nextDue = """
    SELECT next_attempt FROM delivery WHERE state = ? AND state IN (0, 1) AND folder = ? AND next_attempt > ? \
    ORDER BY next_attempt LIMIT 1
    """
}

/// Divides what may be loaded among the folders.
struct DueSelection {
  private let request: DueRequest
  private let database: Database
  private var taken: Set<Int64> = []

  init(_ request: DueRequest, _ database: Database) {
    self.request = request
    self.database = database
  }

  /// First an equal part for each folder, then the rest for those that have more.
  consuming func deliveries() throws -> [Delivery] {
    var folders = try (request.only.map { [$0] } ?? database.foldersWithOpen(request.state))
      .filter { !request.without.contains($0) }
      .map { (name: $0, room: request.room(of: $0)) }
    var found: [Delivery] = []
    while found.count < request.limit, !folders.isEmpty {
      let part = max(1, (request.limit - found.count) / folders.count)
      for index in folders.indices where found.count < request.limit {
        let wanted = min(part, folders[index].room, request.limit - found.count)
        let got = try due(in: folders[index].name, limit: wanted)
        found += got
        taken.formUnion(got.map(\.number))
        folders[index].room = got.count < wanted ? 0 : folders[index].room - got.count
      }
      folders.removeAll { $0.room == 0 }
    }
    return found
  }

  private func due(in folder: String, limit: Int) throws -> [Delivery] {
    let wanted = { [request, taken] (number: Int64) in
      !request.excluding.contains(number) && !taken.contains(number)
    }
    let avoided = (request.withoutDirectories[folder] ?? []).map { Array($0.bytes) }
    switch request.purpose {
    case .ordinary, .first: return try due(in: folder, limit: limit, where: wanted)
    case .trial: return try due(in: folder, limit: limit, avoided, isOfNew: true, where: wanted)
    case .probe:
      // What never failed first, and before that what lies in other directories.
      for (avoided, isOfNew) in [(avoided, true), ([], true), (avoided, false)] {
        let found = try due(in: folder, limit: limit, avoided, isOfNew: isOfNew, where: wanted)
        if !found.isEmpty { return found }
      }
      return try due(in: folder, limit: limit, where: wanted)
    }
  }

  private func due(
    in folder: String, limit: Int, _ avoided: [[UInt8]] = [], isOfNew: Bool = false, where wanted: (Int64) -> Bool
  ) throws -> [Delivery] {
    let place = [SQLValue.integer(StateCode.code(request.state)), .text(folder)]
    let directories = avoided.map { SQLValue.bytes($0) }
    func found(_ comparison: String, _ moment: Timestamp, _ limit: Int) throws -> [Delivery] {
      try database.deliveries(
        Self.condition(
          comparison, isOfNew: isOfNew, avoiding: avoided.count, withoutQuestions: request.withoutQuestions),
        place + [.time(moment)] + directories,
        limit: limit, where: wanted)
    }
    let due = try found("<=", request.dueBefore, limit)
    return due + (try found(">", request.dueBefore + request.horizon, limit - due.count))
  }

  static func condition(
    _ comparison: String, isOfNew: Bool = false, avoiding directories: Int = 0, withoutQuestions: Bool = false
  ) -> String {
    let avoided = "AND d.directory NOT IN (\(Array(repeating: "?", count: directories).joined(separator: ", "))) "
    return """
      WHERE d.state = ? AND d.state IN (0, 1) AND d.folder = ? AND d.next_attempt \(comparison) ? \
      \(isOfNew ? "AND d.failures = 0 " : "")\(withoutQuestions ? Self.isNoQuestion : "")\(directories > 0 ? avoided : "")\
      ORDER BY d.next_attempt, d.number
      """
  }

  private static let isNoQuestion = "AND (d.discovery <> '\(Discovery.firstScan.rawValue)' OR d.asked IS NOT NULL) "
}

extension Database {
  /// The folders that have deliveries in `state`: one look at the index for each.
  func foldersWithOpen(_ state: DeliveryState) throws -> [String] {
    let code = SQLValue.integer(StateCode.code(state))
    var folders: [String] = []
    while let next = try first(Self.nextFolder, [code, .text(folders.last ?? "")], { $0.text(0) }) {
      folders.append(next)
    }
    return folders
  }

  static var nextFolder: String {
    """
    SELECT folder FROM delivery INDEXED BY delivery_due WHERE state = ? AND state IN (0, 1) AND folder > ? \
    ORDER BY folder LIMIT 1
    """
  }
}
