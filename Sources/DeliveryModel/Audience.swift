/// Who may know of a file, as its directories and its own rights were when it came to rest: what is delivered later out of a
/// directory that has its name says nothing about that. The raw value is part of the journal's schema.
package enum Audience: Int64, Sendable, CaseIterable {
  /// Not everybody who may list the folder could list its directory: its name is told to nobody.
  case few = 0
  /// They all could see its name; whether they could read it is not certain.
  case names = 1
  /// They all could read it.
  case everyone = 2
}
