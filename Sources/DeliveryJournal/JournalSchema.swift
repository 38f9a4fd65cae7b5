/// The journal's tables, as numbered migrations: each one transaction, never changed once released.
enum JournalSchema {
  /// The version that this program writes (`PRAGMA user_version`).
  static let version = 16

  /// Throws ``JournalError/newerSchema(_:)`` for a journal from a later program; returns the version found, 0 for none.
  @discardableResult
  static func check(_ database: Database) throws -> Int {
    let found = Int(try database.integer("PRAGMA user_version") ?? 0)
    guard found <= version else { throw JournalError.newerSchema(found) }
    return found
  }

  /// Brings an older journal up to date, or as far as `target`.
  static func migrate(_ database: Database, to target: Int = version) throws {
    let found = try check(database)
    guard found < target else { return }
    try DeliveryPath.placeFunction.whileKnown(to: database) {
      for step in found..<target {
        try database.transaction { database in
          try database.execute(sql: steps[step])
          try database.execute(sql: "PRAGMA user_version = \(step + 1)")
        }
      }
    }
  }

  private static let steps = [
    tables + indexes + view("state IN (3, 4, 5)"), fairness, plainRange, errands, notes, alerts,
    restartsAndSavers, folders, errandsByFolder, arrivals, audience, places, digests, arrivalIDs, checksums,
    custody,
  ]

  /// `directory` and `name` are the two halves of the path, so that the files of a directory are one range of an index.
  /// Numbers are never used twice, as the newest row is never deleted. Times are milliseconds since 1970 UTC; `modified` and `changed` are nanoseconds. `state` is a ``StateCode``.
  private static let tables = """
    CREATE TABLE delivery (
      number INTEGER PRIMARY KEY,
      state INTEGER NOT NULL, next_attempt INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
      folder TEXT NOT NULL, directory BLOB NOT NULL, name BLOB NOT NULL,
      device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
      modified INTEGER NOT NULL, changed INTEGER NOT NULL, generation INTEGER NOT NULL,
      owner INTEGER NOT NULL, received INTEGER NOT NULL, settled INTEGER NOT NULL,
      evidence TEXT NOT NULL, discovery TEXT NOT NULL,
      sha256 BLOB, delivery_id BLOB, bucket TEXT, object_key TEXT, content_type TEXT, owner_name TEXT, host TEXT,
      etag TEXT, version_id TEXT, uploaded INTEGER, logged INTEGER, already_recorded INTEGER,
      upload_id TEXT, part_size INTEGER, disposed INTEGER,
      last_code TEXT, last_error TEXT, ended INTEGER
    ) STRICT;
    CREATE TABLE part (
      delivery INTEGER NOT NULL REFERENCES delivery (number) ON DELETE CASCADE,
      part INTEGER NOT NULL, etag TEXT NOT NULL, sha256 BLOB NOT NULL,
      PRIMARY KEY (delivery, part)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE attempt (
      delivery INTEGER NOT NULL REFERENCES delivery (number) ON DELETE CASCADE,
      sequence INTEGER NOT NULL, at INTEGER NOT NULL, state INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
      PRIMARY KEY (delivery, sequence)
    ) STRICT, WITHOUT ROWID;

    """

  /// Each ends with the row's number, which SQLite adds, and is kept up several times for every file: no more than these. Those about work to do hold only such rows, so they stay small
  /// however much was delivered.
  private static let indexes = """
    CREATE INDEX delivery_due ON delivery (state, next_attempt) WHERE state IN (0, 1);
    CREATE INDEX delivery_open ON delivery (number) WHERE state IN (0, 1);
    CREATE INDEX delivery_set_aside ON delivery (state) WHERE state IN (3, 4, 5);
    CREATE INDEX delivery_path ON delivery (folder, directory, name);
    CREATE INDEX delivery_logged ON delivery (logged) WHERE logged IS NOT NULL;

    """

  /// Version 2. Due deliveries in the order of each folder, so that none has to wait for another's; what was counted in
  /// memory before; and since when this journal knows of everything.
  private static let fairness = """
    ALTER TABLE delivery ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE delivery ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0;
    DROP INDEX delivery_due;
    CREATE INDEX delivery_due ON delivery (state, folder, next_attempt) WHERE state IN (0, 1);
    CREATE TABLE journal (created INTEGER NOT NULL) STRICT;
    INSERT INTO journal SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000;
    """

  /// Version 3. SQLite puts a list of more than two values into a table of its own for every row it looks at, twice for
  /// each update; a range costs one comparison.
  private static let plainRange =
    """
    DROP VIEW pending;
    DROP INDEX delivery_set_aside;
    CREATE INDEX delivery_set_aside ON delivery (state) WHERE state > 2;

    """ + view("state > 2")

  /// What people read with `sqlite3 -readonly journal.db 'SELECT * FROM pending'`. A path that could act on a terminal
  /// (control characters, marks that reverse text) is shown as hexadecimal digits.
  private static func view(_ isSetAside: String) -> String {
    """
    CREATE VIEW pending AS
      WITH waiting AS (
        SELECT * FROM delivery WHERE state IN (0, 1)
        UNION ALL SELECT * FROM delivery WHERE state = 3 AND \(isSetAside)
      ), named AS (
        SELECT *, CAST(CASE WHEN length(directory) = 0 THEN name ELSE directory || X'2F' || name END AS BLOB) AS path_bytes
        FROM waiting
      )
      SELECT number, folder,
        CASE WHEN CAST(path_bytes AS TEXT) GLOB '*[' || char(1, 45, 31, 127, 45, 159, 8206, 8207, 8232, 45, 8238, 8294, 45,
          8297) || ']*' THEN quote(path_bytes) ELSE CAST(path_bytes AS TEXT) END AS path,
        CASE state WHEN 0 THEN 'pending' WHEN 1 THEN 'uploaded' ELSE 'parked' END AS state,
        size, attempts,
        strftime('%Y-%m-%dT%H:%M:%SZ', next_attempt / 1000, 'unixepoch') AS next_attempt_at, last_error,
        CAST(strftime('%s', 'now') AS INTEGER) - received / 1000 AS waiting_seconds
      FROM named;
    """
  }

  /// What is still to be done in folders. Small, however much was delivered: a row goes when it is done. `verdict`, `findings`
  /// and `reason` are those of ``Verdict``.
  private static let errands = """
    CREATE TABLE errand (
      delivery INTEGER NOT NULL REFERENCES delivery (number) ON DELETE CASCADE,
      kind INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, target BLOB, last_error TEXT,
      PRIMARY KEY (delivery, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX errand_due ON errand (due);
    ALTER TABLE delivery ADD COLUMN verdict TEXT;
    ALTER TABLE delivery ADD COLUMN findings TEXT;
    ALTER TABLE delivery ADD COLUMN reason TEXT;
    """

  /// `aside` is where a refused file was moved, as long as the note beside it may have to go: few rows, whatever else there is.
  private static let notes = """
    ALTER TABLE delivery ADD COLUMN aside BLOB;
    CREATE INDEX delivery_refused_inode ON delivery (inode) WHERE aside IS NOT NULL;
    CREATE INDEX delivery_refused_path ON delivery (folder, directory, name) WHERE aside IS NOT NULL;
    """

  /// Version 6. What is to be told to each receiver (`channel`, see ``AlertChannel``): of one cause, which is an event and its
  /// subject, one alert at most is on its way, and the last of those held back beside it; so neither table grows with what
  /// happens. `is_open`: it was told and has not ended yet. `digest`: the day of the last, in days since 1970.
  private static let alerts = """
    CREATE TABLE alert (
      number INTEGER PRIMARY KEY, channel INTEGER NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL,
      at INTEGER NOT NULL, delivery INTEGER, path BLOB, reason TEXT NOT NULL, details TEXT NOT NULL,
      id TEXT NOT NULL, count INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, last_error TEXT,
      UNIQUE (channel, event, subject)
    ) STRICT;
    CREATE TABLE alert_cause (
      channel INTEGER NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL, quiet_until INTEGER NOT NULL,
      is_open INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
      at INTEGER, delivery INTEGER, path BLOB, reason TEXT, details TEXT,
      PRIMARY KEY (channel, event, subject)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE journal ADD COLUMN digest INTEGER;
    """

  /// Version 7. How often a file had to be sent anew, apart from the ends of the daemon that alone may park it; the two ids
  /// that a service gave a request, for its support; and who saved the file last, for the record: known once, when it is
  /// hashed. See ``FileSaver``.
  private static let restartsAndSavers = """
    ALTER TABLE delivery ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
    UPDATE delivery SET strikes = 0 WHERE state IN (0, 1) AND strikes > 0;
    ALTER TABLE attempt ADD COLUMN request_id TEXT;
    ALTER TABLE attempt ADD COLUMN host_id TEXT;
    ALTER TABLE delivery ADD COLUMN saved_by TEXT;
    ALTER TABLE delivery ADD COLUMN saved_from TEXT;
    ALTER TABLE delivery ADD COLUMN saved_by_source TEXT;
    """

  /// Version 8. A folder is a thing, not a name: where it is, how it names objects (`key`) and what it wants done once a
  /// file is delivered (`follow_ups`), by its name; the directories at
  /// which it was seen (``FolderRoot``); and in each of these the places of our own, past and present (``OwnPlace``).
  ///
  /// Earlier versions noted none of it: what they left on its way is of a directory without a path, which the first start
  /// fills in. Delivered files have no directory then, and are known by their folder's name as before.
  private static let folders = """
    CREATE TABLE folder (
      number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, key TEXT, follow_ups TEXT
    ) STRICT;
    CREATE TABLE folder_root (
      number INTEGER PRIMARY KEY, folder INTEGER NOT NULL REFERENCES folder (number),
      path TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, generation INTEGER NOT NULL,
      is_mount INTEGER NOT NULL,
      UNIQUE (path, folder, device, inode, generation)
    ) STRICT;
    CREATE INDEX folder_root_inode ON folder_root (inode, device);
    CREATE TABLE place (
      root INTEGER NOT NULL REFERENCES folder_root (number) ON DELETE CASCADE,
      path BLOB NOT NULL, kind INTEGER NOT NULL, since INTEGER NOT NULL, ended INTEGER,
      PRIMARY KEY (root, path)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE delivery ADD COLUMN root INTEGER REFERENCES folder_root (number);
    INSERT INTO folder (name, path) WITH RECURSIVE found (name) AS (
      SELECT min(folder) FROM delivery
      UNION ALL SELECT (SELECT min(d.folder) FROM delivery d WHERE d.folder > found.name) FROM found
      WHERE found.name IS NOT NULL
    ) SELECT name, '' FROM found WHERE name IS NOT NULL;
    INSERT INTO folder_root (folder, path, device, inode, generation, is_mount) SELECT number, '', 0, 0, 0, 0 FROM folder;
    UPDATE delivery SET root = (SELECT r.number FROM folder_root r JOIN folder f ON r.folder = f.number
      WHERE f.name = delivery.folder) WHERE state IN (0, 1);
    UPDATE delivery SET root = (SELECT r.number FROM folder_root r JOIN folder f ON r.folder = f.number
      WHERE f.name = delivery.folder) WHERE state > 2;
    UPDATE delivery SET root = (SELECT r.number FROM folder_root r JOIN folder f ON r.folder = f.number
      WHERE f.name = delivery.folder) WHERE number IN (SELECT delivery FROM errand);
    """

  /// Version 9. What is due in one folder, whatever waits in others.
  private static let errandsByFolder = """
    ALTER TABLE errand ADD COLUMN folder TEXT NOT NULL DEFAULT '';
    UPDATE errand SET folder = (SELECT folder FROM delivery WHERE number = errand.delivery);
    DROP INDEX errand_due;
    CREATE INDEX errand_due ON errand (folder, due);
    """

  /// Version 10. What arrived in each folder, newest last: for its page, whatever arrived in others since.
  private static let arrivals = "CREATE INDEX delivery_arrived ON delivery (folder, logged) WHERE logged IS NOT NULL"

  /// Version 11. Who may know of a file, see ``Audience``; NULL for what came before.
  private static let audience = "ALTER TABLE delivery ADD COLUMN audience INTEGER"

  /// Version 12. A directory's path may have 4,095 bytes, and stood in each row and in the index of paths once more: there it
  /// is 8 bytes now, see ``DeliveryPath/place(_:folder:)``. And up to when the history was removed before its time.
  private static let places = """
    ALTER TABLE delivery ADD COLUMN place INTEGER;
    UPDATE delivery SET place = \(DeliveryPath.placeName)(folder, directory);
    DROP INDEX delivery_path;
    CREATE INDEX delivery_path ON delivery (place, name);
    ALTER TABLE journal ADD COLUMN history_since INTEGER;
    """

  /// Version 13. The digests of large files, see ``PartDigests``.
  private static let digests = """
    CREATE TABLE content_digest (
      delivery INTEGER PRIMARY KEY REFERENCES delivery (number) ON DELETE CASCADE,
      whole BLOB NOT NULL, part_size INTEGER NOT NULL, parts BLOB NOT NULL, md5 BLOB NOT NULL
    ) STRICT;
    """

  /// Version 14. Which arrival a delivery is (``ArrivalID``): what has its id already keeps that to its end, and has none.
  /// Whether the table was asked for its record before it was sent. When its file was seen gone (ms): what comes there is
  /// another arrival; `delivery_present` are those that still stand in their folders, as far as is known. And when a directory
  /// was first looked through.
  private static let arrivalIDs = """
    ALTER TABLE delivery ADD COLUMN arrival BLOB;
    ALTER TABLE delivery ADD COLUMN asked INTEGER;
    ALTER TABLE delivery ADD COLUMN gone INTEGER;
    ALTER TABLE folder_root ADD COLUMN scanned INTEGER;
    UPDATE delivery SET arrival = randomblob(16) WHERE delivery_id IS NULL AND state IN (0, 1);
    UPDATE delivery SET arrival = randomblob(16) WHERE delivery_id IS NULL AND state > 2;
    UPDATE delivery SET gone = disposed WHERE disposed IS NOT NULL AND disposed > 0;
    UPDATE folder_root SET scanned = 0;
    CREATE INDEX delivery_present ON delivery (place, name)
      WHERE logged IS NOT NULL AND gone IS NULL AND root IS NOT NULL;
    """

  /// Version 15. CRC-64/NVME: that of an object as S3 keeps it, those of large files' parts, what an upload under way is
  /// verified by (NULL for SHA-256), and what an upload showed about the server, see ``ChecksumFinding``. A part's own is of
  /// 32 bytes or of 8, see ``PartChecksum``.
  private static let checksums = """
    ALTER TABLE delivery ADD COLUMN crc64 BLOB;
    ALTER TABLE delivery ADD COLUMN part_checksum TEXT;
    ALTER TABLE part RENAME COLUMN sha256 TO checksum;
    ALTER TABLE content_digest ADD COLUMN crc64 BLOB;
    CREATE TABLE checksum_finding (
      place TEXT PRIMARY KEY, keeps_crc64 INTEGER NOT NULL, signs_bodies INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// Version 16. The custody ledger (see ``LedgerState``): its logs, the newest last, of which only that one is written to;
  /// the lines, whose `place` is the log's number times 2^40 and their own; the days that were closed, with what was
  /// done about each; and its objects in the order in which they are sent, `content` being NULL for the lines, `attempted`
  /// once a request may have made it. `standing`: 0 in use, 1 switched off, 2 taken over from a damaged journal. `attempt`: 1,
  /// or more where somebody else's objects stood in its way.
  private static let custody = """
    CREATE TABLE custody_log (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state BLOB NOT NULL, names_key BLOB NOT NULL,
      standing INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE custody_entry (place INTEGER PRIMARY KEY, day INTEGER NOT NULL, line BLOB NOT NULL) STRICT;
    CREATE TABLE custody_day (
      log INTEGER NOT NULL REFERENCES custody_log (number), day INTEGER NOT NULL, host TEXT NOT NULL,
      first INTEGER NOT NULL, last INTEGER NOT NULL, root BLOB NOT NULL, attempt INTEGER NOT NULL DEFAULT 1,
      signed INTEGER, stamped INTEGER, uploaded INTEGER, sealed INTEGER,
      PRIMARY KEY (log, day)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX custody_day_waiting ON custody_day (log, day) WHERE sealed IS NULL;
    CREATE TABLE custody_object (
      log INTEGER NOT NULL, day INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, sha256 BLOB NOT NULL,
      content BLOB, attempted INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (log, day, position), FOREIGN KEY (log, day) REFERENCES custody_day (log, day) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """
}
