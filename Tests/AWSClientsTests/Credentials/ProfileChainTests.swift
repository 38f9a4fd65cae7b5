import AWSConfiguration
import AWSSigning
import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Chains of profiles")
struct ProfileChainTests {
  private func file(_ text: String) -> ProfileFile {
    ProfileFile(parsing: Array(text.utf8), isConfig: false)
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
}
