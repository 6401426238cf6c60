/// A dense table of numbers: one row per customer, one column per feature, stored row after row.
///
/// The algorithms of this room accept any matrix. A value that is not finite counts as 0 and one beyond ±1e100 as ±1e100,
/// so that no result can hold NaN; say beforehand what a missing value means if 0 is wrong for it.
public struct Matrix: Sendable, Equatable {
    public let rows: Int
    public let columns: Int
    /// Row-major: the value of row r and column c stands at `r * columns + c`.
    public var values: [Double]

    /// - Precondition: `values.count == rows * columns`; a wrong count is a fault of the calling code, never of the data.
    public init(rows: Int, columns: Int, values: [Double]) {
        precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "values do not fill the matrix")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    public init(rows: Int, columns: Int, repeating value: Double = 0) {
        self.init(rows: rows, columns: columns, values: [Double](repeating: value, count: rows * columns))
    }

    public subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    public func row(_ index: Int) -> [Double] {
        Array(values[index * columns..<(index + 1) * columns])
    }

    public func column(_ index: Int) -> [Double] {
        (0..<rows).map { values[$0 * columns + index] }
    }

    /// The named rows in the given order; a row may be named more than once.
    public func selecting(rows chosen: [Int]) -> Matrix {
        var picked: [Double] = []
        picked.reserveCapacity(chosen.count * columns)
        for row in chosen { picked.append(contentsOf: values[row * columns..<(row + 1) * columns]) }
        return Matrix(rows: chosen.count, columns: columns, values: picked)
    }

    public func selecting(columns chosen: [Int]) -> Matrix {
        var picked: [Double] = []
        picked.reserveCapacity(rows * chosen.count)
        for row in 0..<rows {
            for column in chosen { picked.append(values[row * columns + column]) }
        }
        return Matrix(rows: rows, columns: chosen.count, values: picked)
    }
}

extension Matrix {
    /// Beyond this a squared distance could overflow.
    static let largestMagnitude = 1e100

    /// The same matrix without values that would poison a sum (see the type's description).
    func sanitized() -> Matrix {
        let clean = values.withUnsafeBufferPointer { all in
            var fine = true
            for value in all { fine = fine && abs(value) <= Matrix.largestMagnitude }
            return fine
        }
        if clean { return self }
        return Matrix(rows: rows, columns: columns, values: values.map(Matrix.sanitized))
    }

    static func sanitized(_ value: Double) -> Double {
        if value.isNaN || value.isInfinite { return 0 }
        return min(max(value, -largestMagnitude), largestMagnitude)
    }

    /// Column after column: the layout in which one distance after another is computed without jumps.
    func columnMajor() -> [Double] {
        [Double](unsafeUninitializedCapacity: rows * columns) { target, count in
            values.withUnsafeBufferPointer { source in
                for column in 0..<columns {
                    for row in 0..<rows { target[column &* rows &+ row] = source[row &* columns &+ column] }
                }
            }
            count = rows * columns
        }
    }
}
