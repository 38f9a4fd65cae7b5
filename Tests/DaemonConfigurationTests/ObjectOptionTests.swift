import Testing

@testable import DaemonConfiguration

@Suite("Options of objects and sessions")
struct ObjectOptionTests {
  private func problems(aws: String = "", upload: String = "") -> [ConfigurationDiagnostic] {
    ConfigurationFixture.parse(
      ConfigurationFixture.minimal(aws: aws, sections: upload.isEmpty ? "" : "[upload]\n" + upload)
    ).diagnostics
  }

  @Test(
    "a bucket key is of aws:kms alone",
    arguments: [
      ("bucket_key = true", "aws:kms"), ("server_side_encryption = \"AES256\"\nbucket_key = false", "aws:kms"),
      ("server_side_encryption = \"aws:kms:dsse\"\nbucket_key = true", "no bucket keys"),
    ])
  func bucketKey(_ upload: String, _ expected: String) {
    let found = problems(upload: upload)
    #expect(found.map(\.key) == ["upload.bucket_key"])
    #expect(found.allSatisfy { $0.severity == .error && $0.message.contains(expected) }, "\(found)")
    #expect(problems(upload: "server_side_encryption = \"aws:kms\"\nbucket_key = true") == [])
    #expect(problems(upload: "server_side_encryption = \"aws:kms:dsse\"\nkms_key_id = \"alias/a\"") == [])
  }

  @Test("every canned ACL is taken, and one that opens the objects is remarked upon")
  func acls() {
    for acl in CannedACL.allCases {
      let found = problems(upload: "acl = \"\(acl.rawValue)\"")
      #expect(found.map(\.severity) == (acl.isOpen ? [.warning] : []), "\(found)")
    }
    #expect(problems(upload: "acl = \"public\"").first?.message.contains("\"bucket-owner-full-control\"") == true)
    #expect(problems(upload: "storage_class = \"STANDARD\"") == [])
  }

  @Test("the storage class is sent where it is written, STANDARD too")
  func storageClass() {
    let written = ConfigurationFixture.minimal(sections: "[upload]\nstorage_class = \"STANDARD\"")
    #expect(ConfigurationFixture.parse(written).configuration?.upload.storageClass == .standard)
    #expect(ConfigurationFixture.parse(ConfigurationFixture.minimal()).configuration?.upload.storageClass == nil)
  }

  @Test(
    "a session's marks follow the rules of STS",
    arguments: [
      ("source_identity = \"a\"", "source_identity"), ("source_identity = \"a b\"", "source_identity"),
      ("session_tags = { \"aws:x\" = \"y\" }", "session_tags.\"aws:x\""),
      ("session_tags = { \"a;b\" = \"y\" }", "session_tags.\"a;b\""),
      ("session_tags = { a = \"y;\" }", "session_tags.a"),
      ("session_tags = { a = \"1\", A = \"2\" }", "session_tags.a"), ("session_tags = [\"a\"]", "session_tags"),
      ("session_tags = { a = \"e\u{301}\" }", "session_tags.a"),
      ("transitive_session_tags = [\"a\"]", "transitive_session_tags"),
    ])
  func sessions(_ line: String, _ key: String) {
    let found = problems(aws: "role_arn = \"arn:aws:iam::123456789012:role/R\"\n" + line)
    #expect(found.map(\.key) == ["aws." + key], "\(found)")
    let inAudit = ConfigurationFixture.parse(
      ConfigurationFixture.minimal(sections: "[audit]\nrole_arn = \"arn:aws:iam::123456789012:role/R\"\n" + line))
    #expect(inAudit.diagnostics.map(\.key) == ["audit." + key], "\(inAudit.diagnostics)")
  }

  @Test("fifty tags at most")
  func count() {
    let tags = (1...51).map { "t\($0) = \"v\"" }.joined(separator: ", ")
    let found = problems(aws: "role_arn = \"arn:aws:iam::123456789012:role/R\"\nsession_tags = { \(tags) }")
    #expect(found.map(\.key) == ["aws.session_tags"])
  }
}
