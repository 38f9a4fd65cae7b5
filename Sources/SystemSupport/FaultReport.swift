import CLinux

/// Has a fault that ends the process (a trap, a bad address, an abort) told on standard error first: the signal, the
/// thread, and the calls that led to it, by name.
package enum FaultReport {
  /// From now on, in every thread.
  package static func begin() { _ = clinux_report_faults() }
}
