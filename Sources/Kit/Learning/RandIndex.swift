/// Adjusted Rand index (Hubert and Arabie, 1985): 1 for equal partitions, about 0 for unrelated ones.
///
/// Labels are names only; a negative label is one class of its own. Partitions of different length share nothing: 0.
public func adjustedRandIndex(_ a: [Int], _ b: [Int]) -> Double {
    guard a.count == b.count, !a.isEmpty else { return a.count == b.count ? 1 : 0 }
    let (left, leftCount) = compactLabels(a)
    let (right, rightCount) = compactLabels(b)
    var rowTotals = [Int](repeating: 0, count: leftCount)
    var columnTotals = [Int](repeating: 0, count: rightCount)
    var pairsTogether = 0.0
    if leftCount <= 1 << 20 / max(rightCount, 1) {
        var table = [Int](repeating: 0, count: leftCount * rightCount)
        for index in left.indices { table[left[index] &* rightCount &+ right[index]] &+= 1 }
        for count in table { pairsTogether += pairs(count) }
    } else {
        var table: [SIMD2<Int>: Int] = [:]
        for index in left.indices { table[SIMD2(left[index], right[index]), default: 0] += 1 }
        for count in table.values.sorted() { pairsTogether += pairs(count) }
    }
    for label in left { rowTotals[label] &+= 1 }
    for label in right { columnTotals[label] &+= 1 }
    let leftPairs = rowTotals.reduce(0) { $0 + pairs($1) }
    let rightPairs = columnTotals.reduce(0) { $0 + pairs($1) }
    let allPairs = pairs(a.count)
    guard allPairs > 0 else { return 1 }
    let expected = leftPairs * rightPairs / allPairs
    let largest = (leftPairs + rightPairs) / 2
    guard largest != expected else { return 1 }
    return (pairsTogether - expected) / (largest - expected)
}

private func pairs(_ count: Int) -> Double {
    Double(count) * Double(count - 1) / 2
}

/// Labels as they are, but shifted to begin at 0, where that leaves few unused numbers; else renumbered.
private func compactLabels(_ labels: [Int]) -> (labels: [Int], count: Int) {
    let smallest = labels.min() ?? 0
    let largest = labels.max() ?? 0
    let span = largest.subtractingReportingOverflow(smallest)
    guard !span.overflow, span.partialValue < 256 else { return denseLabels(labels) }
    return (smallest == 0 ? labels : labels.map { $0 &- smallest }, span.partialValue + 1)
}

/// Labels renumbered 0, 1, 2 … by first appearance.
func denseLabels(_ labels: [Int]) -> (labels: [Int], count: Int) {
    let smallest = labels.min() ?? 0
    let largest = labels.max() ?? 0
    var result = [Int](repeating: 0, count: labels.count)
    var count = 0
    if let span = Optional(largest.subtractingReportingOverflow(smallest)), !span.overflow, span.partialValue < 1 << 16
    {
        var numbers = [Int](repeating: -1, count: span.partialValue + 1)
        for (index, label) in labels.enumerated() {
            if numbers[label - smallest] < 0 {
                numbers[label - smallest] = count
                count += 1
            }
            result[index] = numbers[label - smallest]
        }
    } else {
        var numbers: [Int: Int] = [:]
        for (index, label) in labels.enumerated() {
            let number = numbers[label] ?? count
            if number == count {
                numbers[label] = number
                count += 1
            }
            result[index] = number
        }
    }
    return (result, count)
}
