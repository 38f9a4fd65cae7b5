import TestSupport
import Testing

@testable import AWSClients

@Suite("XML answers")
struct XMLAnswerTests {
  @Test("texts are found by path, with references, CDATA, comments and namespaces")
  func texts() throws {
    let text = """
      \n <?xml version="1.0"?><!-- c --><s:Error xmlns:s="a>b"><Code> Access&#68;enied </Code><Empty/>
      <M>a &lt;b&gt; &amp;amp; &#x20AC;<![CDATA[<x>]]></M><M>second</M></s:Error>\n
      """
    let answer = try #require(XMLAnswer(parsing: Array(text.utf8)))
    #expect(answer.root == "Error")
    #expect(answer["Error/Code"] == "AccessDenied")
    #expect(answer["Error/M"] == "a <b> &amp; €<x>")
    #expect(answer["Error/Empty"] == nil)
  }

  @Test(
    "what is not exactly one document is refused",
    arguments: [
      "", " ", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>x", "<a>&bogus;</a>", "<a>&#xd800;</a>", "<a>&",
      "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a", "<a b=\"", "<a><![CDATA[x</a>", "x<a/>", "<a/>x", "< a/>",
      "<html><p>Please log in<br></html>",
    ])
  func malformed(_ text: String) {
    #expect(XMLAnswer(parsing: Array(text.utf8)) == nil)
  }

  @Test("depth, count and size are bounded")
  func bounds() {
    let nested = { (depth: Int) in
      Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
    }
    #expect(XMLAnswer(parsing: nested(16)) != nil)
    #expect(XMLAnswer(parsing: nested(17)) == nil)
    #expect(XMLAnswer(parsing: Array(("<a>" + String(repeating: "<b/>", count: 1023) + "</a>").utf8)) != nil)
    #expect(XMLAnswer(parsing: Array(("<a>" + String(repeating: "<b/>", count: 1024) + "</a>").utf8)) == nil)
    #expect(XMLAnswer(parsing: Array(("<a>" + String(repeating: "x", count: 1 << 20) + "</a>").utf8)) == nil)
  }

  @Test("an answer takes no more memory than its bytes, whatever its elements are called")
  func memory() async {
    // In a process of its own: what other tests take meanwhile is none of it.
    await #expect(processExitsWith: .success) {
      let long = String(repeating: "n", count: 520_000)
      let before = ResidentMemory.bytes
      let answers = [
        XMLAnswer(parsing: Array("<\(long)>\(String(repeating: "<b>x</b>", count: 1020))</\(long)>".utf8)),
        XMLAnswer(
          parsing: Array(
            "<a>\(String(repeating: "<b>\(String(repeating: "x", count: 1000))</b>", count: 1020))</a>".utf8)
        ),
        XMLAnswer(parsing: Array(("<a>" + String(repeating: "<![CDATA[]]>x", count: 80_000) + "</a>").utf8)),
      ]
      let after = ResidentMemory.bytes
      #expect(answers[0] == nil && answers[1]?["a/b"]?.utf8.count == 1000 && answers[2]?["a"]?.utf8.count == 80_000)
      #expect(after - before < 64 << 20)
    }
  }

  @Test("every truncation is refused, and 10,000 mutations end without harm")
  func hostile() {
    let text = "<?xml version=\"1.0\"?><E a='b'><C>x&amp;&#65;</C><!-- c --><M><![CDATA[y]]></M></E>"
    let document = Array(text.utf8)
    for length in 0..<document.count { #expect(XMLAnswer(parsing: Array(document.prefix(length))) == nil) }
    var generator = SeededGenerator(seed: 2)
    var readable = 0
    for _ in 0..<10_000 where XMLAnswer(parsing: generator.mutation(of: document)) != nil { readable += 1 }
    #expect(readable < 10_000)
  }
}
