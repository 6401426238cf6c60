/// What BG/NBD needs to know of a customer, all in one unit of time.
public struct PurchaseHistory: Sendable, Codable, Equatable, Hashable {
    /// Purchases after the first, at different times.
    public var repeats: Int
    /// From the first purchase to the last; 0 without repeats.
    public var recency: Double
    /// From the first purchase to now.
    public var age: Double

    /// Values are brought into their range: repeats ≥ 0, 0 ≤ recency ≤ age.
    public init(repeats: Int, recency: Double, age: Double) {
        self.repeats = max(repeats, 0)
        self.age = max(Matrix.sanitized(age), 0)
        self.recency = repeats > 0 ? min(max(Matrix.sanitized(recency), 0), self.age) : 0
    }
}
