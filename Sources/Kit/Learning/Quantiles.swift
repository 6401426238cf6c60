/// Quantile of ascending values by linear interpolation (type 7 of Hyndman and Fan, the default of R and numpy).
/// 0 for no values; `q` is held within 0...1.
public func quantile(_ sorted: [Double], _ q: Double) -> Double {
    guard let first = sorted.first, let last = sorted.last else { return 0 }
    guard q > 0 else { return first }
    guard q < 1 else { return last }
    let position = q * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return last }
    return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
}

/// Median of values in any order; 0 for no values.
public func median(_ values: [Double]) -> Double {
    quantile(values.sorted(), 0.5)
}

/// Mean and population standard deviation in two passes; zeros for no values.
func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
    guard !values.isEmpty else { return (0, 0) }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
}
