import CLinux

/// What the system allows this process.
package enum ResourceLimits {
  /// Raises the limit of open files from the soft to the hard one and answers it.
  @discardableResult
  package static func raiseOpenFiles() throws(SystemCallError) -> Int {
    Int(clamping: try systemCall("setrlimit") { clinux_raise_descriptor_limit() })
  }
}
