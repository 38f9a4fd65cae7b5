package import DeliveryModel
import GRDB

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

  /// The news of `folder`, at most `limit` of each. Looks at the newest few thousand only, however much was delivered.
  /// Blocks.
  package func news(of folder: String, limit: Int) throws(JournalError) -> News {
    try read(pages) { database in
      var news = News()
      news.delivered = try database.deliveries(Self.newest, [.text(folder)], limit: limit)
      news.waiting = try database.deliveries(Self.first, [.text(folder)], limit: limit)
      news.parked = try database.deliveries(Self.aside("3"), [.text(folder)], limit: limit)
      news.rejected = try database.refused(in: folder, limit: limit)
      news.reached = try database.integer(
        "SELECT uploaded FROM delivery WHERE logged IS NOT NULL ORDER BY logged DESC LIMIT 1"
      ).map(DeliveryRow.time)
      return news
    }
  }

  private static let depth = 5000

  static let newest = """
    WHERE d.logged >= ifnull((SELECT logged FROM delivery WHERE logged IS NOT NULL ORDER BY logged DESC LIMIT 1 \
    OFFSET \(depth)), 0) AND d.folder = ? ORDER BY d.logged DESC, d.number DESC
    """

  static let first = """
    INDEXED BY delivery_open WHERE d.state IN (0, 1) AND d.number <= ifnull((SELECT number FROM delivery \
    INDEXED BY delivery_open WHERE state IN (0, 1) ORDER BY number LIMIT 1 OFFSET \(depth)), 9223372036854775807) \
    AND d.folder = ? ORDER BY d.number
    """

  static func aside(_ state: String) -> String {
    """
    INDEXED BY delivery_set_aside WHERE d.state = \(state) AND d.state > 2 AND d.folder = ? \
    ORDER BY d.number DESC
    """
  }
}

extension Database {
  /// Once its file was taken back, and its note is gone, nobody asks where a refused file was moved.
  fileprivate func refused(in folder: String, limit: Int) throws -> [(delivery: Delivery, aside: RelativePath?)] {
    let condition = Journal.aside("5 AND (d.aside IS NOT NULL OR d.disposed IS NULL)")
    return try deliveries(condition, [.text(folder)], limit: limit).map { delivery in
      let aside = try first("SELECT aside FROM delivery WHERE number = ?", [.integer(delivery.number)]) {
        $0.optionalBytes(0).flatMap { RelativePath(validating: $0) }
      }
      return (delivery, aside)
    }
  }
}
