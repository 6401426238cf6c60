/// Centroids four to a vector, column by column, so that one row is compared with four at a time.
struct PackedCentroids {
    let count: Int
    let columns: Int
    private let groups: Int
    private var packed: [SIMD4<Double>]

    init(_ centroids: Matrix) {
        count = centroids.rows
        columns = centroids.columns
        groups = (count + 3) / 4
        packed = [SIMD4<Double>](repeating: SIMD4(repeating: 1e150), count: groups * columns)
        update(centroids)
    }

    mutating func update(_ centroids: Matrix) {
        for cluster in 0..<count {
            for column in 0..<columns {
                packed[(cluster / 4) * columns + column][cluster % 4] = centroids[cluster, column]
            }
        }
    }

    struct Nearest {
        var nearest: Int
        var squared: Double
        /// Infinite when there is one centroid only.
        var secondSquared: Double
    }

    @inline(__always)
    func nearestTwo(to points: UnsafeBufferPointer<Double>, at offset: Int) -> Nearest {
        var result = Nearest(nearest: 0, squared: .infinity, secondSquared: .infinity)
        packed.withUnsafeBufferPointer { packed in
            for group in 0..<groups {
                var sum = SIMD4<Double>(repeating: 0)
                for column in 0..<columns {
                    let difference = packed[group &* columns &+ column] - SIMD4(repeating: points[offset &+ column])
                    sum += difference * difference
                }
                let left = min(4, count &- group &* 4)
                for lane in 0..<left {
                    let value = sum[lane]
                    let isNearest = value < result.squared
                    result.secondSquared = isNearest ? result.squared : min(result.secondSquared, value)
                    result.nearest = isNearest ? group &* 4 &+ lane : result.nearest
                    result.squared = isNearest ? value : result.squared
                }
            }
        }
        return result
    }
}
