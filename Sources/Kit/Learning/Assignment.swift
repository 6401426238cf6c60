/// The pairing of rows with columns whose costs add up to the least, each taken at most once and as many as possible
/// (Kuhn, 1955; Munkres, 1957; here by shortest augmenting paths, O(rows² × columns)).
///
/// - Returns: the column of every row; nil for rows that are left over when there are fewer columns.
public func optimalAssignment(_ costs: Matrix) -> [Int?] {
    let clean = costs.sanitized()
    guard clean.rows > clean.columns else { return assignEveryRow(clean) }
    let turned = Matrix(rows: clean.columns, columns: clean.rows, values: clean.columnMajor())
    var result = [Int?](repeating: nil, count: clean.rows)
    for (column, row) in assignEveryRow(turned).enumerated() {
        if let row { result[row] = column }
    }
    return result
}

/// The same, where a row may also stay alone for `limit`: no pair costs more than that.
public func optimalAssignment(_ costs: Matrix, limit: Double) -> [Int?] {
    let own = costs.rows
    let width = costs.columns + own
    let tooFar = 2 * abs(limit) + 1
    let clean = costs.sanitized()
    var padded = Matrix(rows: own, columns: width, repeating: limit)
    for row in 0..<own {
        for column in 0..<costs.columns {
            padded[row, column] = clean[row, column] <= limit ? clean[row, column] : tooFar
        }
    }
    return assignEveryRow(padded).map { column in column.flatMap { $0 < costs.columns ? $0 : nil } }
}

/// For at least as many columns as rows.
private func assignEveryRow(_ costs: Matrix) -> [Int?] {
    var potentials = (rows: [Double](repeating: 0, count: costs.rows + 1), columns: [0.0])
    potentials.columns = [Double](repeating: 0, count: costs.columns + 1)
    // One-based, 0 for free.
    var rowOf = [Int](repeating: 0, count: costs.columns + 1)
    for row in stride(from: 1, through: costs.rows, by: 1) {
        rowOf[0] = row
        let (end, before) = shortestPath(costs, rowOf, &potentials)
        var column = end
        while column != 0 {
            rowOf[column] = rowOf[before[column]]
            column = before[column]
        }
    }
    var result = [Int?](repeating: nil, count: costs.rows)
    for column in rowOf.indices.dropFirst() where rowOf[column] > 0 { result[rowOf[column] - 1] = column - 1 }
    return result
}

/// From the row at column 0 to the nearest free column, by reduced costs; the potentials are kept up.
private func shortestPath(
    _ costs: Matrix, _ rowOf: [Int], _ potentials: inout (rows: [Double], columns: [Double])
) -> (end: Int, before: [Int]) {
    let width = costs.columns
    var distance = [Double](repeating: .infinity, count: width + 1)
    var before = [Int](repeating: 0, count: width + 1)
    var isDone = [Bool](repeating: false, count: width + 1)
    var column = 0
    repeat {
        isDone[column] = true
        let row = rowOf[column]
        var step = Double.infinity
        var next = 0
        for other in stride(from: 1, through: width, by: 1) where !isDone[other] {
            let reduced = costs[row - 1, other - 1] - potentials.rows[row] - potentials.columns[other]
            if reduced < distance[other] {
                distance[other] = reduced
                before[other] = column
            }
            if distance[other] < step {
                step = distance[other]
                next = other
            }
        }
        for other in 0...width {
            if isDone[other] {
                potentials.rows[rowOf[other]] += step
                potentials.columns[other] -= step
            } else {
                distance[other] -= step
            }
        }
        column = next
    } while rowOf[column] != 0
    return (column, before)
}
