/// Distance sums of all rows to all cells, every distance measured once and counted for both of its rows.
struct PairedSums: Sendable {
    /// Cell-major, then tile and lane.
    private let sums: [SIMD8<Double>]
    private let tileCount: Int
    private let cells: Int
    /// Place of each row among the lanes, rows in cell order.
    private let places: [Int]

    fileprivate init(sums: [SIMD8<Double>], tileCount: Int, cells: Int, places: [Int]) {
        self.sums = sums
        self.tileCount = tileCount
        self.cells = cells
        self.places = places
    }

    /// The sums of one row, given by its place in cell order.
    func copy(row: Int, into target: UnsafeMutablePointer<Double>) {
        let (tile, lane) = places[row].quotientAndRemainder(dividingBy: DistanceSums.lanes)
        for cell in 0..<cells { target[cell] = sums[cell * tileCount + tile][lane] }
    }
}

extension DistanceSums {
    /// Doubles that the shares of the work may hold together.
    private static let room = 8 << 20
    private static let mostShares = 8

    /// The work is cut into shares by the size of the data alone, and their sums are added in order.
    ///
    /// - Returns: nil where there are so many cells that the shares would need too much memory.
    func paired(threads: Int) -> PairedSums? {
        let cells = firstTile.count - 1
        let tileCount = firstTile[cells]
        let size = cells * tileCount
        guard size > 0 else { return nil }
        let shares = min(Self.mostShares, Self.room / (size * Self.lanes))
        guard shares >= 2 else { return nil }
        let parts = concurrentMap(shares, threads: threads) { share in
            partialSums(share: share, of: shares, cells: cells, tileCount: tileCount)
        }
        var sums = parts[0]
        for part in parts.dropFirst() {
            for index in 0..<size { sums[index] += part[index] }
        }
        return PairedSums(sums: sums, tileCount: tileCount, cells: cells, places: places)
    }

    private var places: [Int] {
        (0..<firstTile.count - 1).flatMap { cell in
            (firstTile[cell] * Self.lanes)..<(firstTile[cell + 1] * Self.lanes - emptyCount(cell))
        }
    }

    private func emptyCount(_ cell: Int) -> Int {
        (0..<Self.lanes).count { emptyLanes[cell][$0] }
    }

    /// Every `shares`-th tile against itself and all later ones.
    private func partialSums(share: Int, of shares: Int, cells: Int, tileCount: Int) -> [SIMD8<Double>] {
        var result = [SIMD8<Double>](repeating: .zero, count: cells * tileCount)
        result.withUnsafeMutableBufferPointer { result in
            for own in 0..<cells {
                for tile in firstTile[own]..<firstTile[own + 1] where tile % shares == share {
                    let isLast = tile == firstTile[own + 1] - 1
                    let used = isLast ? Self.lanes - emptyCount(own) : Self.lanes
                    for other in own..<cells {
                        add(tile, used: used, own: own, other: other, tileCount, to: result)
                    }
                }
            }
        }
        return result
    }

    /// The rows of a tile against the rest of a cell: both sides' sums.
    @inline(__always)
    private func add(
        _ tile: Int, used: Int, own: Int, other: Int, _ tileCount: Int,
        to result: UnsafeMutableBufferPointer<SIMD8<Double>>
    ) {
        let columns = self.columns
        let start = max(tile, firstTile[other])
        let end = firstTile[other &+ 1]
        let empty = emptyLanes[other]
        withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: Self.lanes) { rowSums in
            rowSums.initialize(repeating: .zero)
            tiles.withUnsafeBytes { bytes in
                let tiles = bytes.assumingMemoryBound(to: SIMD8<Double>.self)
                let numbers = bytes.assumingMemoryBound(to: Double.self)
                for opposite in start..<end {
                    var columnSums = SIMD8<Double>.zero
                    let base = opposite &* columns
                    for lane in 0..<used {
                        var squared = SIMD8<Double>.zero
                        for column in 0..<columns {
                            let value = numbers[(tile &* columns &+ column) &* Self.lanes &+ lane]
                            let difference = tiles[base &+ column] - SIMD8(repeating: value)
                            squared += difference * difference
                        }
                        var distance = squared.squareRoots()
                        if opposite == end &- 1 { distance.replace(with: 0, where: empty) }
                        rowSums[lane] += distance
                        columnSums += distance
                    }
                    // Within its own tile every pair has been counted from both sides already.
                    if opposite != tile { result[own &* tileCount &+ opposite] += columnSums }
                }
            }
            for lane in 0..<used { result[other &* tileCount &+ tile][lane] += rowSums[lane].sum() }
        }
    }
}
