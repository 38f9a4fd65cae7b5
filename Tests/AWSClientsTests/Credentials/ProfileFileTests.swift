import AWSSigning
import DeliveryModel
import TestSupport
import Testing

@testable import AWSClients

@Suite("Shared AWS files")
struct ProfileFileTests {
  private func file(_ text: String, isConfig: Bool = false) -> ProfileFile {
    ProfileFile(parsing: Array(text.utf8), isConfig: isConfig)
  }

  @Test("sections, comments, spaces, CRLF and nested lines are read as the AWS tools do")
  func credentials() {
    let text =
      "\u{FEFF}# c\r\n[ default ]\r\nAWS_Access_Key_Id = A=B \r\n; c\r\ns3 =\r\n  nested = 1\r\n[other]\r\nx=y\r\n"
    #expect(file(text).profiles == ["default": ["aws_access_key_id": "A=B", "s3": ""], "other": ["x": "y"]])
  }

  @Test("in the config file only default and profile sections count")
  func config() {
    let text =
      "stray=1\n[default]\na=1\n[profile p]\nb=2\n[p]\nb=3\n[sso-session s]\nc=4\n[profile p]\nd=5\n[broken\ne=6\n"
    #expect(file(text, isConfig: true).profiles == ["default": ["a": "1"], "p": ["b": "2", "d": "5"]])
  }

  @Test("a profile that was asked for must be whole")
  func incomplete() throws {
    #expect(try ProfilePlan.resolve("default", in: file(""), isRequired: false) == nil)
    for text in ["", "[p]\n", "[p]\naws_access_key_id=A\n", "[p]\nrole_arn=r\n", "[p]\nrole_arn=r\nsource_profile=q\n"]
    {
      #expect(throws: ServiceFailure.self) { try ProfilePlan.resolve("p", in: file(text), isRequired: true) }
    }
  }

  @Test("profiles that name each other come to an end")
  func loop() {
    let text = "[a]\nrole_arn=x\nsource_profile=b\n[b]\nrole_arn=y\nsource_profile=a\n"
    #expect(throws: ServiceFailure.self) { try ProfilePlan.resolve("a", in: file(text), isRequired: true) }
  }

  @Test("a profile that is its own source uses its own keys")
  func selfSource() throws {
    let text = "[a]\nrole_arn=x\nsource_profile=a\naws_access_key_id=K\naws_secret_access_key=S\nduration_seconds=900\n"
    let plan = try ProfilePlan.resolve("a", in: file(text), isRequired: true)
    #expect(plan?.base == .keys(AWSCredentials(accessKeyID: "K", secretAccessKey: "S")))
    #expect(plan?.roles == [RoleSettings(arn: "x", sessionName: "s3loggerd", duration: .seconds(900))])
  }

  @Test("any bytes are read without harm")
  func hostile() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let mutated = generator.mutation(of: Array("[profile a]\nb = c\n [x]\n=d\n[\n]".utf8))
      #expect(ProfileFile(parsing: mutated, isConfig: true).profiles.count <= 4)
    }
  }
}
