import CLinux

/// Keeps what this process knows from others of the same user: from the programs that it runs itself, above all, which may
/// look up their parent in `/proc`.
package enum ProcessPrivacy {
  /// From now on `/proc/PID/environ`, `mem` and the like are root's, nobody may trace this process but root, and it leaves
  /// no core (`prctl(2)`, `PR_SET_DUMPABLE`). What it reads of itself stays readable to it.
  package static func begin() throws(SystemCallError) {
    try systemCall("prctl") { clinux_close_to_others() }
  }

  /// Overwrites variables of the environment where they lie and removes them. While no other thread reads it.
  package static func forget(_ variables: some Sequence<String>) {
    for name in variables { clinux_forget_variable(name) }
  }
}
