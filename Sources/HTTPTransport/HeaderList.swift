import CCurl

/// The request's header lines in the form libcurl reads them: a linked list over memory that is kept from one request to
/// the next, so that a request costs no allocation. libcurl never changes or frees the list (CURLOPT_HTTPHEADER(3)).
struct HeaderList: ~Copyable {
  private var bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2048)
  private var nodes = UnsafeMutableBufferPointer<curl_slist>.allocate(capacity: 32)

  deinit {
    bytes.deallocate()
    nodes.deallocate()
  }

  /// Replaces the list and hands its head to `body`; libcurl may read it until the next call. Returns the bytes it takes.
  mutating func fill(_ headers: [HTTPHeader], _ use: (UnsafeMutablePointer<curl_slist>?) -> Void) -> Int {
    let size = headers.reduce(Self.suppressed.count) { $0 + $1.name.utf8.count + $1.value.utf8.count + 3 }
    reserve(bytes: size, nodes: headers.count + 2)
    var used = 0
    var count = 0
    for header in headers {
      add(header, at: &used, node: &count)
    }
    // libcurl would wait for permission to send a larger body, and calls every body a form.
    addLine(Self.expect, at: &used, node: &count)
    if !headers.contains(where: { $0.name == "content-type" }) {
      addLine(Self.contentType, at: &used, node: &count)
    }
    nodes[count - 1].next = nil
    use(nodes.baseAddress)
    return used
  }

  private static let expect: StaticString = "Expect:"
  private static let contentType: StaticString = "Content-Type:"
  private static let suppressed = "Expect:_Content-Type:_".utf8

  /// One line, `name: value`; `name;` is how libcurl is told of an empty value.
  private mutating func add(_ header: HTTPHeader, at used: inout Int, node count: inout Int) {
    let start = used
    append(header.name.utf8, at: &used)
    if header.value.isEmpty {
      append(CollectionOfOne(UInt8(ascii: ";")), at: &used)
    } else {
      append(": ".utf8, at: &used)
      append(header.value.utf8, at: &used)
    }
    link(start, at: &used, node: &count)
  }

  private mutating func addLine(_ line: StaticString, at used: inout Int, node count: inout Int) {
    let start = used
    append(UnsafeBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount), at: &used)
    link(start, at: &used, node: &count)
  }

  /// Ends the line that began at `start` and makes it a node that points to the next.
  private mutating func link(_ start: Int, at used: inout Int, node count: inout Int) {
    bytes[used] = 0
    used += 1
    guard let base = bytes.baseAddress, let first = nodes.baseAddress else { return }
    let data = UnsafeMutableRawPointer(base + start).assumingMemoryBound(to: CChar.self)
    (first + count).initialize(to: curl_slist(data: data, next: first + count + 1))
    count += 1
  }

  private mutating func append(_ text: some Collection<UInt8>, at used: inout Int) {
    let free = UnsafeMutableBufferPointer(rebasing: bytes[used...])
    used += free.update(fromContentsOf: text)
  }

  private mutating func reserve(bytes size: Int, nodes count: Int) {
    if size > bytes.count {
      bytes.deallocate()
      bytes = .allocate(capacity: size * 2)
    }
    if count > nodes.count {
      nodes.deallocate()
      nodes = .allocate(capacity: count * 2)
    }
  }
}
