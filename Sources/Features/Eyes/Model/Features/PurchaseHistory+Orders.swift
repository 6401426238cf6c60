import Learning

extension PurchaseHistory {
    /// In days; several orders of one day are one purchase. Nil without orders.
    ///
    /// - Precondition: oldest first, all before the cut-off.
    init?(_ orders: ArraySlice<OrderPoint>, cutOff: Int) {
        guard let first = orders.first, let last = orders.last else { return nil }
        let repeats = zip(orders, orders.dropFirst()).count { $0.day != $1.day }
        self.init(repeats: repeats, recency: Double(last.day - first.day), age: Double(cutOff - Int(first.day)))
    }
}
