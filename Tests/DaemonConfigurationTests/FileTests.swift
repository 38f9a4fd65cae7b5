import Glibc
import TestSupport
import Testing

@testable import DaemonConfiguration

extension TemporaryDirectory {
  /// Writes the configuration; its path.
  fileprivate func write(_ text: String, mode: mode_t) throws -> String {
    try write(text, to: "config.toml", mode: mode)
    return path + "/config.toml"
  }
}

@Suite("Files")
struct FileTests {
  @Test("a file is read from the disk")
  func load() throws {
    let folder = try TemporaryDirectory()
    let file = try folder.write(ConfigurationFixture.minimal(), mode: 0o640)
    let outcome = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(outcome.diagnostics == [])
    #expect(outcome.configuration != nil)
  }

  @Test("a file that everyone can change is refused, one that its group can is remarked upon")
  func writers() throws {
    let folder = try TemporaryDirectory()
    let file = try folder.write(ConfigurationFixture.minimal(), mode: 0o664)
    let remarked = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(remarked.configuration != nil)
    #expect(remarked.diagnostics.map(\.severity) == [.warning])
    try #require(chmod(file, 0o606) == 0)
    let refused = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(refused.configuration == nil)
    #expect(refused.diagnostics.map(\.severity) == [.error])
  }

  @Test("what cannot be read says why and what to do")
  func unreadable() throws {
    let folder = try TemporaryDirectory()
    let missing = ConfigurationLoader.load(path: folder.path + "/none.toml", environment: [:])
    #expect(
      missing.diagnostics.map(\.description) == [
        "\(folder.path)/none.toml: does not exist; create it from config.example.toml, or name another with --config"
      ])
    let directory = ConfigurationLoader.load(path: folder.path, environment: [:])
    #expect(directory.diagnostics.first?.message.hasPrefix("is no regular file") == true)
    #expect(missing.configuration == nil && directory.configuration == nil)
  }

  @Test("the file system tells directories, links and files apart")
  func probe() throws {
    let folder = try TemporaryDirectory()
    let (inbox, link, dangling) = (folder.path + "/inbox", folder.path + "/link", folder.path + "/dangling")
    try #require(mkdir(inbox, 0o700) == 0)
    try #require(symlink(inbox, link) == 0)
    try #require(symlink("nowhere", dangling) == 0)
    let file = try folder.write("", mode: 0o600)
    let look = FolderProbe.fileSystem.look
    #expect(look(inbox) == .directory(resolved: inbox))
    #expect(look(link + "/.") == .directory(resolved: inbox))
    #expect(look(link) == .symbolicLink(target: inbox))
    #expect(look(dangling) == .missing)
    #expect(look(folder.path + "/none") == .missing)
    #expect(look(file + "/below") == .missing)
    #expect(look(file) == .notDirectory)
    #expect(!FolderProbe.fileSystem.isReadByAll(file) && !FolderProbe.fileSystem.isReadByAll(dangling))
    try #require(chmod(file, 0o604) == 0)
    #expect(FolderProbe.fileSystem.isReadByAll(file))
  }
}
