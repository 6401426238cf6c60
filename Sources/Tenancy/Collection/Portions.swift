extension Array {
    /// Consecutive arrays of at most `size`: as much as one database operation should name.
    public func portions(of size: Int = 1000) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
