/// What a customer ordered of one product in one order. The product is kept as a fingerprint: features only ask which are
/// equal.
struct ProductPoint: Sendable, Equatable {
    /// When the order was placed, milliseconds since the epoch, UTC.
    let at: Int64
    /// The organization's local day.
    let day: Int32
    let product: UInt32
    let quantity: Int32

    /// The order in a snapshot.
    var key: (Int64, UInt32, Int32) { (at, product, quantity) }

    /// What the row's fingerprint is made from.
    var fields: [UInt64] {
        [UInt64(bitPattern: at), UInt64(product) << 32 | UInt64(UInt32(bitPattern: quantity))]
    }
}
