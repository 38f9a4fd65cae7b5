import TestSupport
import Testing

@testable import AWSConfiguration

@Suite("Shared AWS files")
struct SharedFileTests {
  private func file(_ text: String, isConfig: Bool = false) -> ProfileFile {
    ProfileFile(parsing: Array(text.utf8), isConfig: isConfig)
  }

  private func profiles(_ text: String, isConfig: Bool = false) -> [String: [String: ProfileSettings.Setting]] {
    file(text, isConfig: isConfig).profiles.mapValues(\.settings)
  }

  /// `S3LOGGERD_PYTHON` names a Python that has botocore.
  @Test("two thousand odd pairs of files are to us what they are to botocore")
  func sameAsBotocore() throws {
    let seed = UInt32.random(in: 0...UInt32.max)
    let cases = try SharedFileCase.generate(count: 2000, seed: seed)
    #expect(cases.count > 2010, "the generator must run: it needs Python 3 with botocore")
    var differences = 0
    for expected in cases where differences < 5 {
      let found = expected.found
      let isSame = found.profiles == expected.profiles && found.services == expected.services
      differences += isSame ? 0 : 1
      #expect(isSame, "seed \(seed): \(expected) / \(found)")
    }
  }

  @Test("sections, comments, spaces, CRLF and nested lines are read as the AWS tools do")
  func credentials() {
    let text =
      "\u{FEFF}# c\r\n[ default ]\r\nAWS_Access_Key_Id = A=B \r\n; c\r\ns3 =\r\n  nested = 1\r\n[other]\r\nx=y\r\n"
    #expect(
      profiles(text) == [
        "default": ["aws_access_key_id": .text("A=B"), "s3": .nested(["nested": "1"])], "other": ["x": .text("y")],
      ])
  }

  @Test("in the config file only default and profile sections count, and a broken line spoils no other")
  func config() {
    let text =
      "stray=1\n[default]\na=1\n[profile p]\nb=2\n[p]\nb=3\n[sso-session s]\nc=4\n[profile p]\nd=5\n[broken\ne=6\n"
    #expect(
      profiles(text, isConfig: true) == ["default": ["a": .text("1")], "p": ["b": .text("2"), "d": .text("5")]])
  }

  @Test("any bytes are read without harm")
  func hostile() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      var bytes = Array("[profile a]\nb = c\n [x]\n=d\n[\n]".utf8)
      for _ in 0..<4 {
        bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      #expect(ProfileFile(parsing: bytes, isConfig: true).profiles.count <= 4)
    }
  }

  @Test(
    "a path of the environment is written as in a shell",
    arguments: [
      ("~/x", "/home/h/x"), ("~", "/home/h"), ("$HOME/x", "/home/h/x"), ("${HOME}/x$", "/home/h/x$"),
      ("/a/~/b", "/a/~/b"), ("~root/x", "/root/x"), ("~nobody-of-that-name/x", "~nobody-of-that-name/x"),
      ("$NONE/x", "$NONE/x"), ("${NONE", "${NONE"), ("${HOME", "${HOME"), ("$A$HOME", "~$B/home/h"), ("", ""),
      // A mark that combines with the sign before it leaves it what it is for every other program.
      ("~\u{301}/x", "~\u{301}/x"), ("$HOME\u{301}/x", "/home/h\u{301}/x"),
    ])
  func paths(_ path: String, _ expected: String) {
    #expect(SharedFiles.expanded(path, ["HOME": "/home/h", "A": "~$B"]) == expected)
  }

  @Test("the files are where the environment says, and absent ones are empty")
  func places() throws {
    let home = try TemporaryDirectory()
    try home.makeDirectory(".aws")
    try home.write("[profile a]\nx = config\ny = 1\n", to: ".aws/config")
    try home.write("[a]\nx = credentials\n", to: "own")
    let read = try SharedFiles.read(["HOME": home.path, "AWS_SHARED_CREDENTIALS_FILE": "~/own"])
    #expect(read.profiles["a"]?["x"] == "credentials")
    #expect(read.profiles["a"]?["y"] == "1")
    #expect(try SharedFiles.read(["HOME": home.path, "AWS_CONFIG_FILE": ""]).profiles == [:])
    #expect(try SharedFiles.read([:]).profiles == [:])
    #expect(throws: SharedFiles.Failure.self) { try SharedFiles.read(["AWS_CONFIG_FILE": home.path]) }
  }

  @Test("the profile is that of the configuration, then AWS_DEFAULT_PROFILE, AWS_PROFILE, default")
  func profile() {
    let both = ["AWS_PROFILE": "second", "AWS_DEFAULT_PROFILE": "first"]
    #expect(SharedFiles.profile("own", both) == ("own", true))
    #expect(SharedFiles.profile(nil, both) == ("first", true))
    #expect(SharedFiles.profile(nil, ["AWS_PROFILE": "second", "AWS_DEFAULT_PROFILE": ""]) == ("second", true))
    #expect(SharedFiles.profile(nil, [:]) == ("default", false))
  }
}
