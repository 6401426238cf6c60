import Foundation

/// Population stability index: Σ (actual − expected) × ln(actual / expected) over bins cut at the quantiles of the
/// expected values. Below 0.1 hardly any drift, above 0.2 worth a warning. Shares are held above 0.0001, so that an
/// empty bin gives a large finite number. 0 when either side has no values.
public func populationStabilityIndex(expected: [Double], actual: [Double], bins: Int = 10) -> Double {
    guard !expected.isEmpty, !actual.isEmpty else { return 0 }
    let sorted = expected.map(Matrix.sanitized).sorted()
    var edges: [Double] = []
    for bin in 1..<max(bins, 2) {
        let edge = quantile(sorted, Double(bin) / Double(max(bins, 2)))
        if edges.last != edge { edges.append(edge) }
    }
    let before = shares(sorted, edges)
    let after = shares(actual.map(Matrix.sanitized), edges)
    return zip(before, after).reduce(0) { sum, pair in
        let (old, new) = (max(pair.0, 1e-4), max(pair.1, 1e-4))
        return sum + (new - old) * log(new / old)
    }
}

/// Share of values per bin; a value on an edge belongs below it.
private func shares(_ values: [Double], _ edges: [Double]) -> [Double] {
    var counts = [Int](repeating: 0, count: edges.count + 1)
    for value in values {
        var low = 0
        var high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < value { low = middle + 1 } else { high = middle }
        }
        counts[low] += 1
    }
    return counts.map { Double($0) / Double(values.count) }
}
