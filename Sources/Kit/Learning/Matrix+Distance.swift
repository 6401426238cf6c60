extension Matrix {
    /// Euclidean distance between a row of this matrix and one of another with the same columns.
    public func distance(from row: Int, to other: Matrix, row otherRow: Int) -> Double {
        var sum = 0.0
        for column in 0..<min(columns, other.columns) {
            let difference = values[row * columns + column] - other.values[otherRow * other.columns + column]
            sum += difference * difference
        }
        return sum.squareRoot()
    }

    /// Half the distance from each row to the nearest other one; infinite for a single row.
    func halfDistanceToNextRow() -> [Double] {
        (0..<rows).map { row in
            (0..<rows).reduce(Double.infinity) { $1 == row ? $0 : min($0, distance(from: row, to: self, row: $1)) } / 2
        }
    }
}
