import DeliveryModel
import Testing

@testable import Folders

@Suite("Walking a tree")
struct TreeWalkTests {
  @Test("every directory comes once, depth first, with its whole path")
  func order() {
    let tree = ["": ["a", "b"], "a": ["c", "d"], "a/d": ["e"], "b": ["f"]]
    var walk = TreeWalk()
    var visited: [String] = []
    func visit(_ path: RelativePath) {
      visited.append(path.escaped)
      walk.begin(path)
      for name in tree[path.escaped] ?? [] { walk.add(Array(name.utf8)) }
    }
    visit(.root)
    while let path = walk.next() { visit(path) }
    #expect(visited == ["", "b", "b/f", "a", "a/d", "a/d/e", "a/c"])
    #expect(walk.isEmpty)
  }

  @Test("a directory that could not be opened is left out")
  func unopened() {
    var walk = TreeWalk()
    walk.begin(path("top"))
    for name in ["a", "b"] { walk.add(Array(name.utf8)) }
    let visited = [walk.next(), walk.next(), walk.next()]
    #expect(visited == [path("top/b"), path("top/a"), nil])
  }

  @Test("a directory costs the same whether few or many are beside it", .timeLimit(.minutes(1)))
  func manyBeside() {
    var walk = TreeWalk()
    walk.begin(.root)
    for number in 0..<200_000 { walk.add(Array("d\(number)".utf8)) }
    var count = 0
    while let directory = walk.next() {
      walk.begin(directory)
      count += 1
    }
    #expect(count == 200_000)
  }
}
