import ContentInspection

/// The program as the process that looks into files: see ``InspectionHelper``. The daemon alone starts it so.
package enum InspectionProgram {
  /// Runs it to its end where the program's arguments ask for it, and returns the exit status; else nil, at once.
  package static func run(_ arguments: [String]) -> Int32? {
    guard arguments.count == 3, arguments[1] == InspectionHelper.command, let parent = Int32(arguments[2]) else {
      return nil
    }
    return InspectionHelper.run(parent: parent)
  }
}
