import DeliveryModel
import TestSupport
import Testing

@testable import DeliveryJournal

/// What is asked often must be answered from an index, however many deliveries there are.
@Suite struct QueryPlanTests {
  private func plan(_ sql: String) throws -> String {
    let directory = try TemporaryDirectory()
    let journal = try directory.journal()
    return try journal.writer.inDatabase { database in
      var steps: [String] = []
      // Parameters stay unbound: the plan does not depend on them.
      try database.rows("EXPLAIN QUERY PLAN " + sql) { row in
        steps.append(row.text(3))
        return true
      }
      return steps.joined(separator: "; ")
    }
  }

  @Test("Due deliveries are one range of their index, in order", arguments: ["<=", ">"])
  func due(comparison: String) throws {
    let plan = try plan("SELECT \(DeliveryRow.columns) FROM delivery d \(DueSelection.condition(comparison))")
    #expect(plan == "SEARCH d USING INDEX delivery_due (state=? AND folder=? AND next_attempt\(comparison.prefix(1))?)")
  }

  @Test("The files of a directory are one range of the paths' index")
  func known() throws {
    #expect(
      try plan(Journal.knownInDirectory)
        == "SEARCH delivery USING INDEX delivery_path (place=?)")
    for sql in [Journal.knownByName, Journal.movedFile, Journal.refusedFile] {
      #expect(try plan(sql) == "SEARCH d USING INDEX delivery_path (place=? AND name=?)")
    }
  }

  @Test("What stands on a folder's page is looked up in indexes that begin with the folder")
  func page() throws {
    let asked = [Journal.newest, Journal.waiting("0"), Journal.standsAside]
    let plans = try asked.map { try plan("SELECT \(DeliveryRow.columns) FROM delivery d \($0)") }
    #expect(plans[0] == "SEARCH d USING INDEX delivery_arrived (folder=? AND logged>?)")
    #expect(plans[1] == "SEARCH d USING INDEX delivery_due (state=? AND folder=?)")
    #expect(plans[2].hasPrefix("SEARCH d USING INDEX delivery_refused_path (folder=?)"))
  }

  @Test("Notes are looked for among the few that there are")
  func notes() throws {
    let plan = try plan(ChangeWriter.tidying)
    #expect(plan.contains("SEARCH r USING INDEX delivery_refused_inode (inode=?"))
    #expect(plan.contains("SEARCH r USING INDEX delivery_refused_path (folder=? AND directory=? AND name=?"))
    #expect(try self.plan(ChangeWriter.anyNote).contains("delivery_refused_inode"))
  }

  @Test("Who waits asks only indexes of what is open or set aside")
  func waits() throws {
    #expect(try plan(Journal.parkedOfFolder).contains("INDEX delivery_set_aside (state=?"))
    let plans = try (Journal.unfinished + [Journal.ended(.rejected)]).map {
      try plan("SELECT d.number FROM delivery d \($0)")
    }
    #expect(plans[0].contains("INDEX delivery_open") && !plans[0].contains("TEMP B-TREE"))
    #expect(plans[1].contains("INDEX delivery_set_aside (state=?"))
    #expect(plans[2].contains("INDEX delivery_set_aside (state=?"))
  }

  @Test("A state's list comes from its index without sorting", arguments: [DeliveryState.pending, .parked, .withdrawn])
  func lists(state: DeliveryState) throws {
    let plan = try plan("SELECT d.number FROM delivery d \(JournalReader.selection(state)) ORDER BY d.number")
    #expect(plan.contains(state.isOpen ? "INDEX delivery_open" : "INDEX delivery_set_aside"))
    #expect(!plan.contains("TEMP B-TREE"))
  }

  @Test(
    "The oldest, the newest delivered, and history are looked up, not searched for",
    arguments: [
      Database.oldestOpen, Journal.deliveredSince, Journal.rejectedSince, Database.nextFolder, Journal.nextDue,
      "SELECT count(*) FROM delivery WHERE logged IS NOT NULL AND logged >= ?",
      "SELECT d.number FROM delivery d WHERE d.logged IS NOT NULL ORDER BY d.logged DESC, d.number DESC",
      "SELECT d.number FROM delivery d WHERE d.logged IS NOT NULL AND (d.logged, d.number) > (?, ?) ORDER BY d.logged, d.number",
      "SELECT state, count(*) FROM delivery WHERE state IN (0, 1) GROUP BY state",
      "SELECT state, count(*) FROM delivery WHERE state > 2 GROUP BY state",
    ])
  func lookups(sql: String) throws {
    let plan = try plan(sql)
    #expect(plan.contains("INDEX delivery_"))
    #expect(!plan.contains("TEMP B-TREE"))
  }
}
