/// Who the credentials belong to, and what STS's clock says.
package struct CallerIdentity: Sendable, Equatable {
  /// 12 digits.
  package var account: String
  package var arn: String
  /// STS's time minus ours, as far as whole seconds tell; nil where it did not say.
  package var clockOffset: Duration?
}
