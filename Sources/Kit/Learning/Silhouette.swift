/// Mean silhouette coefficient (Rousseeuw, 1987) with Euclidean distances.
///
/// Rows with a negative label (noise) are left out. A row alone in its cluster scores 0. With fewer than two clusters
/// nothing can be compared and the answer is 0.
public func silhouette(_ x: Matrix, labels: [Int], threads: Int = 1) -> Double {
    silhouettes(x, labelings: [labels], threads: threads)[0]
}

/// Mean silhouettes of several labelings of the same rows for about the cost of one: the distances are summed once per
/// cell of the labelings' common refinement, and each cluster adds up its cells.
public func silhouettes(_ x: Matrix, labelings: [[Int]], threads: Int = 1) -> [Double] {
    silhouetteSamples(x, labelings: labelings, threads: threads).map { samples in
        var sum = 0.0
        var count = 0
        for value in samples {
            guard let value else { continue }
            sum += value
            count += 1
        }
        return count > 0 ? sum / Double(count) : 0
    }
}

/// Silhouette of every row; nil for rows that are left out.
public func silhouetteSamples(_ x: Matrix, labels: [Int], threads: Int = 1) -> [Double?] {
    silhouetteSamples(x, labelings: [labels], threads: threads)[0]
}

/// The mean silhouette of a seeded sample without replacement; all rows when there are no more than `sampleSize`.
public func sampledSilhouette(
    _ x: Matrix, labels: [Int], sampleSize: Int = 6000, seed: UInt64, threads: Int = 1
) -> Double {
    guard labels.count == x.rows else { return 0 }
    let kept = labels.indices.filter { labels[$0] >= 0 }
    var generator = SeededGenerator(seed: seed)
    let chosen = generator.sample(sampleSize, from: kept.count).map { kept[$0] }
    return silhouette(x.selecting(rows: chosen), labels: chosen.map { labels[$0] }, threads: threads)
}

func silhouetteSamples(_ x: Matrix, labelings: [[Int]], threads: Int) -> [[Double?]] {
    guard !labelings.isEmpty else { return [] }
    let usable = labelings.map { labels in
        labels.count == x.rows ? labels.map { max($0, -1) } : [Int](repeating: -1, count: x.rows)
    }
    let refinement = Refinement(usable)
    if usable.count > 1 && !refinement.isWorthSharing(usable.count) {
        return usable.map { silhouetteSamples(x, labelings: [$0], threads: threads)[0] }
    }
    let sums = DistanceSums(x.sanitized(), refinement)
    let scorers = usable.indices.map { SilhouetteScorer(refinement, labeling: $0) }
    let paired = sums.paired(threads: threads)
    let parts = concurrentMap(sums.chunkCount, threads: threads) { chunk in
        sums.score(chunk: chunk, scorers, paired)
    }
    return usable.indices.map { labeling in
        var samples = [Double?](repeating: nil, count: x.rows)
        for part in parts {
            for (position, row) in part.rows.enumerated() {
                samples[row] = part.scores[labeling][position]
            }
        }
        return samples
    }
}

/// The partition into cells of rows that share their label in every labeling.
struct Refinement {
    let cellOfRow: [Int]
    /// Label of each cell, per labeling.
    let labelOfCell: [[Int]]
    let sizes: [Int]
    var cellCount: Int { sizes.count }

    /// Many tiny cells leave vector lanes empty and take adding up: then each labeling may be cheaper on its own.
    func isWorthSharing(_ labelings: Int) -> Bool {
        let lanes = DistanceSums.lanes
        let filled = sizes.reduce(0) { $0 + ($1 + lanes - 1) / lanes * lanes }
        return filled + cellCount * labelings / 2 < cellOfRow.count * labelings
    }

    init(_ labelings: [[Int]]) {
        let rows = labelings.first?.count ?? 0
        var cells = [Int](repeating: 0, count: rows)
        var count = min(rows, 1)
        for labels in labelings {
            var numbers: [SIMD2<Int>: Int] = [:]
            for row in 0..<rows {
                let key = SIMD2(cells[row], labels[row])
                let number = numbers[key] ?? numbers.count
                numbers[key] = number
                cells[row] = number
            }
            count = numbers.count
        }
        var sizes = [Int](repeating: 0, count: count)
        var labelOfCell = labelings.map { _ in [Int](repeating: -1, count: count) }
        for row in 0..<rows {
            sizes[cells[row]] += 1
            for (index, labels) in labelings.enumerated() { labelOfCell[index][cells[row]] = labels[row] }
        }
        cellOfRow = cells
        self.sizes = sizes
        self.labelOfCell = labelOfCell
    }
}

/// Turns the distance sums per cell of one row into its silhouette under one labeling.
struct SilhouetteScorer: Sendable {
    /// Dense cluster number of each cell, −1 for noise.
    private let clusterOfCell: [Int]
    private let sizes: [Double]

    init(_ refinement: Refinement, labeling: Int) {
        var numbers: [Int: Int] = [:]
        var sizes: [Double] = []
        var clusters: [Int] = []
        for (cell, label) in refinement.labelOfCell[labeling].enumerated() {
            guard label >= 0 else {
                clusters.append(-1)
                continue
            }
            let number = numbers[label] ?? numbers.count
            if numbers[label] == nil {
                numbers[label] = number
                sizes.append(0)
            }
            sizes[number] += Double(refinement.sizes[cell])
            clusters.append(number)
        }
        clusterOfCell = clusters
        self.sizes = sizes
    }

    var clusterCount: Int { sizes.count }

    /// nil for noise; `totals` is room for `clusterCount` sums.
    func score(cell: Int, sums: UnsafePointer<Double>, totals: UnsafeMutableBufferPointer<Double>) -> Double? {
        let own = clusterOfCell[cell]
        guard own >= 0 else { return nil }
        guard sizes.count > 1, sizes[own] > 1 else { return 0 }
        for cluster in 0..<sizes.count { totals[cluster] = 0 }
        for (cell, cluster) in clusterOfCell.enumerated() where cluster >= 0 { totals[cluster] += sums[cell] }
        let within = totals[own] / (sizes[own] - 1)
        var next = Double.infinity
        for cluster in 0..<sizes.count where cluster != own { next = min(next, totals[cluster] / sizes[cluster]) }
        let larger = max(within, next)
        return larger > 0 ? (next - within) / larger : 0
    }
}
