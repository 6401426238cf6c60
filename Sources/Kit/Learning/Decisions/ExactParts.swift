/// Splits the difference that a function of few inputs makes between a reference and a row: Shapley values over the inputs,
/// each standing at the reference's value until it is its turn.
///
/// The parts add up to f(row) − f(reference) up to rounding. The function is called 2^inputs times; beyond 12 inputs, or
/// when the two differ in length, there is no answer.
public func exactParts(
    of row: [Double], reference: [Double], _ function: ([Double]) -> Double
) -> [Double]? {
    let count = row.count
    guard count == reference.count, (1...12).contains(count) else { return nil }
    let values = (0..<1 << count).map { known in
        function((0..<count).map { known >> $0 & 1 == 1 ? row[$0] : reference[$0] })
    }
    // |S|! (count − 1 − |S|)! / count!, by the size of S.
    var weights = [1 / Double(count)]
    for size in 1..<max(count, 1) { weights.append(weights[size - 1] * Double(size) / Double(count - size)) }
    return (0..<count).map { input in
        values.indices.reduce(0) { sum, known in
            guard known >> input & 1 == 0 else { return sum }
            return sum + weights[known.nonzeroBitCount] * (values[known | 1 << input] - values[known])
        }
    }
}
