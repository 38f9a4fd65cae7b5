import Testing

@testable import DeliveryModel

@Suite("ObjectKeyTemplate")
struct ObjectKeyTemplateTests {
  @Test(
    "each placeholder stands for its value",
    arguments: [
      ("{folder}/{path}", "inbox/cases/brief v1.tar.gz"), ("{name}", "brief v1.tar.gz"),
      ("{stem}-{id}.{ext}", "brief v1.tar-00010203-0405-8607-8809-0a0b0c0d0e0f.gz"),
      ("{year}/{month}/{day}/{name}", "2026/01/09/brief v1.tar.gz"),
      ("{host}/{owner}/{name}", "fs1/DOM\\anna/brief v1.tar.gz"),
      ("fixed/100%/{folder}x{folder}", "fixed/100%/inboxxinbox"),
    ])
  func placeholders(template: String, expected: String) throws {
    #expect(try ObjectKeyTemplate.parse(template).render(values("cases/brief v1.tar.gz")) == .success(expected))
    #expect(try ObjectKeyTemplate.parse(template).description == template)
  }

  @Test("the mirror is what its text says")
  func mirror() throws {
    #expect(try ObjectKeyTemplate.parse("{folder}/{path}") == .mirror)
    #expect(ObjectKeyTemplate.mirror.placeholders == [.folder, .path])
  }

  @Test(
    "a template that cannot be right is refused with its reason",
    arguments: [
      ("", .empty), ("{folder", .unclosed("{folder")), ("a{b{name}", .unclosed("{b{name}")), ("a}", .strayBrace),
      ("{Name}", .unknownPlaceholder("Name")), ("{}", .unknownPlaceholder("")), ("{name}\n", .controlCharacter),
      ("/{name}", .emptySegment), ("{name}/", .emptySegment), ("a//{name}", .emptySegment),
      ("../{name}", .dotSegment), ("{folder}/./{name}", .dotSegment),
      (String(repeating: "a", count: 1025), .tooLong(1025)),
    ] as [(String, ObjectKeyTemplateError)])
  func refused(template: String, error: ObjectKeyTemplateError) {
    #expect(throws: error) { try ObjectKeyTemplate.parse(template) }
    #expect(!error.description.isEmpty)
  }

  @Test("an unknown placeholder's message names it and the ones there are")
  func message() {
    let text = ObjectKeyTemplateError.unknownPlaceholder("date\u{1b}").description
    #expect(text.contains("{date\\x1b}"))
    #expect(text.contains("{folder} {path} {name} {stem} {ext} {year} {month} {day} {host} {owner} {id}"))
  }

  @Test("a key of 1,024 bytes is rendered, one of 1,025 is refused")
  func length() throws {
    let template = try ObjectKeyTemplate.parse("{path}")
    let name = String(repeating: "è", count: 512)
    #expect(template.render(values(name)) == .success(name))
    #expect(template.render(values(name + "a")) == .failure(.tooLong(1025)))
    let control = String(repeating: "\u{1}", count: 342)
    #expect(template.render(values(control)) == .failure(.tooLong(1026)))
  }

  @Test("a value that makes an empty or dot segment is refused")
  func segments() throws {
    let byExtension = try ObjectKeyTemplate.parse("{ext}/{name}")
    #expect(byExtension.render(values("noext")) == .failure(.emptySegment))
    #expect(try ObjectKeyTemplate.parse("{stem}/{name}").render(values("..pdf")) == .failure(.dotSegment))
    #expect(try ObjectKeyTemplate.parse("{ext}.{ext}/{name}").render(values("a")) == .failure(.dotSegment))
    #expect(try ObjectKeyTemplate.parse("{stem}").render(values("...")) == .failure(.dotSegment))
  }

  @Test("a slash in an owner's name makes no segment")
  func owner() throws {
    var values = values("a")
    values.owner = "x/../y"
    #expect(try ObjectKeyTemplate.parse("{owner}/{name}").render(values) == .success("x%2F..%2Fy/a"))
  }

  private func values(_ path: String) -> ObjectKeyTemplate.Values {
    ObjectKeyTemplate.Values(
      folder: "inbox", path: RelativePath(unchecked: Array(path.utf8)),
      received: Timestamp(milliseconds: 1_767_945_600_000), host: "fs1", owner: "DOM\\anna",
      id: DeliveryID(bytes: [0, 1, 2, 3, 4, 5, 0x86, 7, 0x88, 9, 10, 11, 12, 13, 14, 15])
        ?? DeliveryID(digest: SHA256Digest(words: (0, 0, 0, 0))))
  }
}
