extension Array {
    /// Consecutive slices of at most `size`: as much as one database operation should name.
    public func portions(of size: Int = 1000) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
