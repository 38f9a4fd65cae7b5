package import DeliveryModel

extension Journal {
  /// What the staff of a folder want to know.
  package struct News: Sendable {
    /// Delivered, newest first.
    package var delivered: [Delivery] = []
    /// On their way, oldest first.
    package var waiting: [Delivery] = []
    /// Set aside for somebody to look at.
    package var parked: [Delivery] = []
    /// Refused and not taken back since, newest first, each with where it was moved; nil before that is decided.
    package var rejected: [(delivery: Delivery, aside: RelativePath?)] = []
    /// When S3 last acknowledged an object, of any folder.
    package var reached: Timestamp?
  }

  /// The news of `folder`, at most `limit` of each. Reads about as many rows as it gives, however much was delivered,
  /// refused, or waits in other folders. Blocks.
  package func news(of folder: String, limit: Int) throws(JournalError) -> News {
    try read(pages) { database in
      var news = News()
      news.delivered = try database.deliveries(Self.newest, [.text(folder)], limit: limit)
      let open = try ["0", "1"].flatMap { try database.deliveries(Self.waiting($0), [.text(folder)], limit: limit) }
      news.waiting = Array(open.sorted { $0.number < $1.number }.prefix(limit))
      news.parked = try database.deliveries(Self.aside("3"), [.text(folder)], limit: limit)
      news.rejected = try database.refused(in: folder, limit: limit)
      news.reached = try database.integer(
        "SELECT uploaded FROM delivery WHERE logged IS NOT NULL ORDER BY logged DESC LIMIT 1"
      ).map(DeliveryRow.time)
      return news
    }
  }

  static let newest = """
    INDEXED BY delivery_arrived WHERE d.logged IS NOT NULL AND d.folder = ? ORDER BY d.logged DESC, d.number DESC
    """

  /// Those that are due first.
  static func waiting(_ state: String) -> String {
    """
    INDEXED BY delivery_due WHERE d.state = \(state) AND d.state IN (0, 1) AND d.folder = ? \
    ORDER BY d.next_attempt, d.number
    """
  }

  static func aside(_ state: String) -> String {
    """
    INDEXED BY delivery_set_aside WHERE d.state = \(state) AND d.state > 2 AND d.folder = ? \
    ORDER BY d.number DESC
    """
  }
}

extension Database {
  /// Once its file was taken back, and its note is gone, nobody asks where a refused file was moved: those that still stand
  /// aside have an index of their own, and those that are still to be moved a follow-up.
  fileprivate func refused(in folder: String, limit: Int) throws -> [(delivery: Delivery, aside: RelativePath?)] {
    let found = try [Journal.standsAside, Journal.toBeMoved].flatMap {
      try deliveries($0, [.text(folder)], limit: limit)
    }
    let newest = Dictionary(found.map { ($0.number, $0) }) { first, _ in first }.values.sorted { $0.number > $1.number }
    return try newest.prefix(limit).map { delivery in
      let aside = try first("SELECT aside FROM delivery WHERE number = ?", [.integer(delivery.number)]) {
        $0.optionalBytes(0).flatMap { RelativePath(validating: $0) }
      }
      return (delivery, aside)
    }
  }
}

extension Journal {
  static let standsAside = """
    INDEXED BY delivery_refused_path WHERE d.aside IS NOT NULL AND d.state = 5 AND d.folder = ? ORDER BY d.number DESC
    """

  static let toBeMoved = """
    WHERE d.number IN (SELECT delivery FROM errand WHERE kind = \(Errand.Kind.reject.rawValue)) AND d.state = 5 \
    AND d.disposed IS NULL AND d.folder = ? ORDER BY d.number DESC
    """
}
