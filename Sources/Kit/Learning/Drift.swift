import Foundation

/// How the values of a feature or score were spread in a reference run: bins cut at its quantiles, with their shares.
/// Stored with the run, it is all a later run needs to tell how far it has drifted.
public struct ReferenceBins: Sendable, Codable, Equatable {
    /// Ascending, all different; a value on an edge belongs below it.
    public let edges: [Double]
    /// Share of the reference values per bin, one more than edges; empty without values.
    public let shares: [Double]

    /// - Parameter bins: about this many of equal share; fewer where values repeat.
    public init(_ values: [Double], bins: Int = 10) {
        guard !values.isEmpty else {
            (edges, shares) = ([], [])
            return
        }
        let sorted = values.map(Matrix.sanitized).ascending()
        let cut = max(bins, 2)
        var edges: [Double] = []
        for bin in 1..<cut {
            let edge = quantile(sorted, Double(bin) / Double(cut))
            if edges.last != edge { edges.append(edge) }
        }
        self.edges = edges
        shares = Learning.shares(sorted, edges)
    }

    /// Share of other values in these bins.
    public func shares(of values: [Double]) -> [Double] {
        values.isEmpty ? [] : Learning.shares(values.map(Matrix.sanitized), edges)
    }

    /// Population stability index: Σ (actual − expected) × ln(actual / expected). Below 0.1 hardly any drift, above 0.2
    /// worth a warning. Shares are held above 0.0001, so that an empty bin gives a large finite number. 0 when either
    /// side has no values.
    public func stabilityIndex(of values: [Double]) -> Double {
        zip(shares, shares(of: values)).reduce(0) { sum, pair in
            let (old, new) = (max(pair.0, 1e-4), max(pair.1, 1e-4))
            return sum + (new - old) * log(new / old)
        }
    }

    /// Bins of every column of a matrix.
    public static func columns(of x: Matrix, bins: Int = 10) -> [ReferenceBins] {
        (0..<x.columns).map { ReferenceBins(x.column($0), bins: bins) }
    }
}

/// The index of two sets of values at hand, in bins of the expected ones.
public func populationStabilityIndex(expected: [Double], actual: [Double], bins: Int = 10) -> Double {
    ReferenceBins(expected, bins: bins).stabilityIndex(of: actual)
}

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
