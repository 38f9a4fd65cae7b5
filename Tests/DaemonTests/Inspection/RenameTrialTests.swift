import DaemonConfiguration
import DeliveryModel
import FaultSupport
import Glibc
import SystemSupport
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

/// What `check` tries in a folder out of which files are to be moved.
struct RenameTrialTests {
  private let inbox: TemporaryDirectory
  private let access: FolderAccess
  private let configuration: Configuration

  init() throws {
    inbox = try TemporaryDirectory()
    configuration = try Fixture.configuration(inbox.path, "after_upload = \"move\"\nmove_to = \"_sent\"")
    access = FolderAccess(configuration)
    LeaseProbe.prepare()
  }

  private func findings() throws -> [FolderAccess.Finding] {
    let folder = try #require(configuration.folders.first)
    var survey = FolderSurvey(limit: 10)
    survey.run(folder)
    let trial = RenameTrial(folder)
    #expect(trial.lease == .noWriter)
    return access.renaming(trial, survey, "inbox")
  }

  @Test("moving is tried, into the place that is there too, and nothing is left of it", arguments: [false, true])
  func works(isThere: Bool) throws {
    if isThere { try inbox.makeDirectory("_sent") }
    let found = try findings()
    #expect(found.map(\.isGood) == [true])
    #expect(found[0].detail.contains("takes the place of nothing"))
    #expect(try inbox.names == (isThere ? ["_sent"] : []))
  }

  @Test("where a name has to be reserved first, it says so")
  func reserves() throws {
    try inbox.makeDirectory("_sent")
    let found = try CallFaults.withoutNoReplace { try findings() }
    #expect(found.map(\.isGood) == [true])
    #expect(found[0].detail.contains("RENAME_NOREPLACE"))
    #expect(try inbox.names == ["_sent"])
  }

  @Test("where nothing can be moved, it says why and what is left undone", arguments: [EXDEV, EACCES])
  func fails(code: Int32) throws {
    let found = try CallFaults.failing("renameat2", code) { try findings() }
    #expect(found.map(\.isGood) == [false])
    #expect(found[0].detail.contains("a trial file could not be moved in it"))
    #expect(found[0].detail.contains("files are delivered, but delivered files are not moved"))
    #expect(try inbox.names == [])
  }
}
