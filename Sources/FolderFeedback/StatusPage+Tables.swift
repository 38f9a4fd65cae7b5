import DeliveryModel

extension StatusPage {
  var waitingTable: String {
    guard !waiting.isEmpty else { return nothing(.nothingWaiting, unnamed.waiting) }
    let rows = waiting.map { row in
      let (mark, state, why): (String, Phrase, Phrase) =
        switch row.hold {
        case .none: ("↑", .stateOnItsWay, .whyQueued)
        case .retrying: ("…", .stateOnItsWay, .whyRetrying)
        case .parked: ("!", .stateParked, .whyParked)
        }
      return [
        name(row), cell(.columnTime, language.minute(row.time)), size(row), self.state(mark, state),
        cell(.columnWhy, language.text(why)),
      ]
    }
    let more = waitingCount - waiting.count - unnamed.waiting
    let rest = more > 0 ? "<p>\(words(.andMore, "\(more)"))</p>\n" : ""
    return table(.headingWaiting, [.columnFile, .columnTime, .columnSize, .columnState, .columnWhy], rows) + rest
      + closed(unnamed.waiting)
  }

  var passedOverTable: String {
    let rest = passedOverCount - passedOver.count
    let more = rest > 0 ? "<p>\(words(.andMore, "\(rest)"))</p>\n" : ""
    let help = "<p>\(words(.passedOverHelp))</p>\n"
    guard !passedOver.isEmpty else { return help + closed(rest) }
    let rows = passedOver.map { row in
      [
        "<th scope=\"row\"><bdi>\(HTML.escape(row.path.escaped))</bdi></th>",
        cell(.columnTime, language.minute(row.time)),
        cell(
          .columnWhy,
          row.isMisplaced
            ? language.text(.whyMisplaced, row.pattern) : language.text(.whyPassedOver, row.programs, row.pattern)),
      ]
    }
    return help + table(.headingPassedOver, [.columnFile, .columnTime, .columnWhy], rows) + more
  }

  var heldUpTable: String {
    let rest = heldUpCount - heldUp.count
    guard !heldUp.isEmpty else { return closed(rest) }
    let rows = heldUp.map { row in
      let why: Phrase =
        switch row.cause {
        case .unreadableFile: .whyUnreadableFile
        case .unreadableDirectory: .whyUnreadableDirectory
        case .heldOpen: .whyHeldOpen
        case .notAtRest: .whyNotAtRest
        case .mount: .whyMount
        }
      return [
        "<th scope=\"row\"><bdi>\(HTML.escape(row.path.escaped))</bdi></th>",
        cell(.columnTime, language.minute(row.since)), cell(.columnWhy, language.text(why)),
      ]
    }
    let more = rest > 0 ? "<p>\(words(.andMore, "\(rest)"))</p>\n" : ""
    return table(.headingHeldUp, [.columnFile, .columnTime, .columnWhy], rows) + more
  }

  var refusedTable: String {
    guard !refused.isEmpty else { return nothing(.nothingRefused, unnamed.refused) }
    let rows = refused.map { row in
      [
        name(row), cell(.columnTime, language.minute(row.time)), size(row), state("✗", .stateRefused),
        cell(.columnWhy, EscapedText.escape(language.text(row.findings))),
      ]
    }
    let help = refusedPlace.map { "<p>\(words(.refusedHelp, EscapedText.escape($0)))</p>\n" } ?? ""
    return help + table(.headingRefused, [.columnFile, .columnTime, .columnSize, .columnState, .columnWhy], rows)
      + closed(unnamed.refused)
  }

  var arrivedTable: String {
    guard !arrived.isEmpty else { return nothing(.nothingRecent, unnamed.arrived) }
    let rows = arrived.map { row in
      [
        name(row), cell(.columnTime, language.minute(row.time)), size(row),
        row.findings.isEmpty ? state("✓", .stateArrived) : flagged(row), fingerprint(row),
      ]
    }
    return table(
      .headingRecent, [.columnFile, .columnTime, .columnSize, .columnState, .columnFingerprint], rows)
      + closed(unnamed.arrived)
  }

  private func table(_ caption: Phrase, _ columns: [Phrase], _ rows: [[String]]) -> String {
    let head = columns.map { "<th scope=\"col\">\(words($0))</th>" }.joined()
    let body = rows.map { "<tr>\($0.joined())</tr>\n" }.joined()
    return """
      <table>
      <caption>\(words(caption))</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table>

      """
  }

  private func nothing(_ phrase: Phrase, _ unnamed: Int) -> String {
    unnamed > 0 ? closed(unnamed) : "<p>\(words(phrase))</p>\n"
  }

  /// So many more of which the page must not tell.
  private func closed(_ count: Int) -> String {
    count > 0 ? "<p>\(words(.inClosedFolders, "\(count)"))</p>\n" : ""
  }

  private func name(_ row: Row) -> String {
    "<th scope=\"row\"><bdi>\(HTML.escape(row.path.escaped))</bdi></th>"
  }

  private func size(_ row: Row) -> String { cell(.columnSize, language.size(row.size)) }

  /// The mark is for the eye; the words say the same.
  private func state(_ mark: String, _ phrase: Phrase) -> String {
    "<td data-label=\"\(words(.columnState))\"><span><span aria-hidden=\"true\">\(mark)</span> \(words(phrase))</span></td>"
  }

  private func flagged(_ row: Row) -> String {
    let remark = HTML.escape(EscapedText.escape(language.text(row.findings)))
    return
      "<td data-label=\"\(words(.columnState))\"><span><span aria-hidden=\"true\">✓</span> \(words(.stateFlagged)): \(remark)</span></td>"
  }

  private func fingerprint(_ row: Row) -> String {
    "<td data-label=\"\(words(.columnFingerprint))\"><code>\(HTML.escape(String((row.digest ?? "").prefix(12))))</code></td>"
  }

  private func cell(_ column: Phrase, _ text: String) -> String {
    "<td data-label=\"\(words(column))\"><span>\(HTML.escape(text))</span></td>"
  }
}

/// Text made safe for HTML, between tags and in quoted attributes.
enum HTML {
  static func escape(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
