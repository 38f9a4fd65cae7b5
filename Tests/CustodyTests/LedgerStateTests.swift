import Cryptography
import DeliveryModel
import Testing

@testable import Custody

@Suite("The ledger's state")
struct LedgerStateTests {
}
