/// Rows projected onto their first principal components, for a picture.
///
/// Signs are fixed: the largest entry of every component is positive. `explained` is the share of variance per component.
/// Components beyond the number of columns are 0.
public func principalProjection(_ x: Matrix, dimensions: Int = 2) -> (Matrix, explained: [Double]) {
    let clean = x.sanitized()
    let width = clean.columns
    let wanted = max(dimensions, 0)
    guard clean.rows > 0, width > 0 else {
        return (Matrix(rows: clean.rows, columns: wanted), [Double](repeating: 0, count: wanted))
    }
    let means = (0..<width).map { meanAndDeviation(clean.column($0)).mean }
    let (values, vectors) = symmetricEigen(covariance(clean, means), size: width)
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(wanted)
    let total = values.reduce(0) { $0 + max($1, 0) }
    var result = Matrix(rows: clean.rows, columns: wanted)
    var explained = [Double](repeating: 0, count: wanted)
    for (target, component) in order.enumerated() {
        var vector = (0..<width).map { vectors[$0 * width + component] }
        let largest = vector.indices.max { (abs(vector[$0]), $1) < (abs(vector[$1]), $0) } ?? 0
        if vector[largest] < 0 { vector = vector.map { -$0 } }
        for row in 0..<clean.rows {
            result[row, target] = (0..<width).reduce(0) { $0 + (clean[row, $1] - means[$1]) * vector[$1] }
        }
        explained[target] = total > 0 ? max(values[component], 0) / total : 0
    }
    return (result, explained)
}

private func covariance(_ x: Matrix, _ means: [Double]) -> [Double] {
    let width = x.columns
    var result = [Double](repeating: 0, count: width * width)
    for row in 0..<x.rows {
        for first in 0..<width {
            let part = x[row, first] - means[first]
            for second in 0...first { result[first * width + second] += part * (x[row, second] - means[second]) }
        }
    }
    for first in 0..<width {
        for second in 0...first {
            let value = result[first * width + second] / Double(x.rows)
            result[first * width + second] = value
            result[second * width + first] = value
        }
    }
    return result
}

/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix by cyclic Jacobi rotations.
func symmetricEigen(_ matrix: [Double], size: Int) -> (values: [Double], vectors: [Double]) {
    var a = matrix
    var vectors = [Double](repeating: 0, count: size * size)
    for index in 0..<size { vectors[index * size + index] = 1 }
    for _ in 0..<60 {
        var outside = 0.0
        var diagonal = 0.0
        for row in 0..<size {
            diagonal += a[row * size + row] * a[row * size + row]
            for column in 0..<row { outside += a[row * size + column] * a[row * size + column] }
        }
        if outside <= 1e-30 * diagonal || outside == 0 { break }
        for p in 0..<size {
            for q in p + 1..<max(size, p + 1) { rotate(&a, &vectors, p, q, size) }
        }
    }
    return ((0..<size).map { a[$0 * size + $0] }, vectors)
}

private func rotate(_ a: inout [Double], _ vectors: inout [Double], _ p: Int, _ q: Int, _ size: Int) {
    let off = a[p * size + q]
    guard off != 0 else { return }
    let theta = (a[q * size + q] - a[p * size + p]) / (2 * off)
    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<size {
        let kp = a[k * size + p]
        let kq = a[k * size + q]
        a[k * size + p] = c * kp - s * kq
        a[k * size + q] = s * kp + c * kq
    }
    for k in 0..<size {
        let pk = a[p * size + k]
        let qk = a[q * size + k]
        a[p * size + k] = c * pk - s * qk
        a[q * size + k] = s * pk + c * qk
        let vp = vectors[k * size + p]
        let vq = vectors[k * size + q]
        vectors[k * size + p] = c * vp - s * vq
        vectors[k * size + q] = s * vp + c * vq
    }
}
