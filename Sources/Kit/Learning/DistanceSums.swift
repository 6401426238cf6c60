/// Rows sorted by cell and packed eight to a tile, so that the sum of distances from one row to all rows of a cell runs
/// over contiguous memory in full vectors.
struct DistanceSums: Sendable {
    static let lanes = 8
    private static let rowsPerChunk = 64

    let columns: Int
    /// Rows in cell order.
    let order: [Int]
    let cellOfRow: [Int]
    /// Tile-major: tile, column, lane.
    let tiles: [SIMD8<Double>]
    /// First tile of each cell, and one past the last.
    let firstTile: [Int]
    /// Lanes of the last tile of each cell that hold no row.
    let emptyLanes: [SIMDMask<SIMD8<Double>.MaskStorage>]
    private let points: Matrix

    init(_ x: Matrix, _ refinement: Refinement) {
        columns = x.columns
        points = x
        cellOfRow = refinement.cellOfRow
        var starts = [0]
        var tileStarts = [0]
        for size in refinement.sizes {
            starts.append(starts[starts.count - 1] + size)
            tileStarts.append(tileStarts[tileStarts.count - 1] + (size + DistanceSums.lanes - 1) / DistanceSums.lanes)
        }
        var next = starts
        var sorted = [Int](repeating: 0, count: x.rows)
        for row in 0..<x.rows {
            sorted[next[cellOfRow[row]]] = row
            next[cellOfRow[row]] += 1
        }
        order = sorted
        firstTile = tileStarts
        var packed = [SIMD8<Double>](repeating: .zero, count: tileStarts[tileStarts.count - 1] * x.columns)
        for cell in 0..<refinement.cellCount {
            for position in starts[cell]..<starts[cell + 1] {
                let offset = position - starts[cell]
                let tile = tileStarts[cell] + offset / DistanceSums.lanes
                for column in 0..<x.columns {
                    packed[tile * x.columns + column][offset % DistanceSums.lanes] = x[sorted[position], column]
                }
            }
        }
        tiles = packed
        emptyLanes = refinement.sizes.map { size in
            var mask = SIMDMask<SIMD8<Double>.MaskStorage>(repeating: false)
            let used = (size - 1) % DistanceSums.lanes + 1
            for lane in used..<DistanceSums.lanes { mask[lane] = true }
            return mask
        }
    }

    var chunkCount: Int { (order.count + DistanceSums.rowsPerChunk - 1) / DistanceSums.rowsPerChunk }

    struct Scores: Sendable {
        var rows: [Int]
        /// Per labeling, one entry per row.
        var scores: [[Double?]]
    }

    /// The silhouettes of one chunk of rows under every labeling, from sums at hand where there are such.
    func score(chunk: Int, _ scorers: [SilhouetteScorer], _ paired: PairedSums?) -> Scores {
        let start = chunk * DistanceSums.rowsPerChunk
        let rows = Array(order[start..<min(start + DistanceSums.rowsPerChunk, order.count)])
        let cells = firstTile.count - 1
        let widest = scorers.map(\.clusterCount).max() ?? 0
        var scores = scorers.map { _ in [Double?](repeating: nil, count: rows.count) }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(cells, 1)) { sums in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: max(widest, 1)) { totals in
                guard let first = sums.baseAddress else { return }
                for (position, row) in rows.enumerated() {
                    if let paired {
                        paired.copy(row: start + position, into: first)
                    } else {
                        sumDistances(from: row, into: first)
                    }
                    for (index, scorer) in scorers.enumerated() {
                        scores[index][position] = scorer.score(cell: cellOfRow[row], sums: first, totals: totals)
                    }
                }
            }
        }
        return Scores(rows: rows, scores: scores)
    }

    /// Sum of Euclidean distances from a row to the rows of every cell.
    @inline(__always)
    private func sumDistances(from row: Int, into sums: UnsafeMutablePointer<Double>) {
        let columns = self.columns
        let base = row &* columns
        points.values.withUnsafeBufferPointer { points in
            tiles.withUnsafeBufferPointer { tiles in
                firstTile.withUnsafeBufferPointer { firstTile in
                    for cell in 0..<(firstTile.count &- 1) {
                        var sum = SIMD8<Double>.zero
                        let last = firstTile[cell &+ 1] &- 1
                        var tile = firstTile[cell]
                        while tile <= last {
                            var squared = SIMD8<Double>.zero
                            let offset = tile &* columns
                            for column in 0..<columns {
                                let difference = tiles[offset &+ column] - SIMD8(repeating: points[base &+ column])
                                squared += difference * difference
                            }
                            var distance = squared.squareRoots()
                            if tile == last { distance.replace(with: 0, where: emptyLanes[cell]) }
                            sum += distance
                            tile = tile &+ 1
                        }
                        sums[cell] = sum.sum()
                    }
                }
            }
        }
    }
}
