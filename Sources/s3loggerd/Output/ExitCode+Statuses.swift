import ArgumentParser

/// What the commands leave; scripts depend on the numbers.
extension ExitCode {
  static let failed = ExitCode(1)
  static let notRunning = ExitCode(3)
  static let notFound = ExitCode(4)
  static let notSafe = ExitCode(5)
  static let differs = ExitCode(6)
  /// `EX_UNAVAILABLE` of sysexits.h.
  static let unavailable = ExitCode(69)
  /// `EX_TEMPFAIL`.
  static let somethingLeft = ExitCode(75)
  /// `EX_CONFIG`.
  static let configuration = ExitCode(78)
}
