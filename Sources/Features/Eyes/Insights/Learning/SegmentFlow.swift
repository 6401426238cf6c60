/// How many went from one segment to another between two runs, and why.
public struct SegmentFlow: Sendable, Codable, Equatable {
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// Ordered again meanwhile.
        case ordered
        /// Did nothing, so that the last order lies further back.
        case quieter
        /// Nothing changed about them: the groups' borders moved.
        case borders
        /// Was no buyer in the earlier run.
        case new
        /// Is no buyer any more, or no longer consents.
        case gone
    }

    /// Nil: was no buyer then.
    public let from: String?
    /// Nil: is no buyer now.
    public let to: String?
    public let count: Int
    public let reasons: [String: Int]
    /// At most ten, ascending; shown masked and only while they consent.
    public let sample: [String]
}

/// Where a customer stood in one run.
struct Standing: Sendable, Equatable {
    let segment: String
    let recencyDays: Int
    let orderCount: Int
}

enum SegmentFlows {
    static let sampleSize = 10

    private struct Way: Hashable {
        let from: String?
        let to: String?
    }

    /// - Parameters:
    ///   - former: standings by customer in the earlier run.
    ///   - renamed: the present id of a segment of the earlier run, where it was found again.
    static func between(
        _ former: [String: Standing], _ now: [String: Standing], renamed: [String: String]
    ) -> [SegmentFlow] {
        var counts: [Way: (count: Int, reasons: [String: Int], sample: [String])] = [:]
        func note(_ customer: String, _ from: String?, _ to: String?, _ reason: SegmentFlow.Reason) {
            var entry = counts[Way(from: from, to: to)] ?? (0, [:], [])
            entry.count += 1
            entry.reasons[reason.rawValue, default: 0] += 1
            if entry.sample.count < sampleSize { entry.sample.append(customer) }
            counts[Way(from: from, to: to)] = entry
        }
        for (customer, standing) in now.sorted(by: { $0.key < $1.key }) {
            guard let before = former[customer] else {
                note(customer, nil, standing.segment, .new)
                continue
            }
            let from = renamed[before.segment] ?? before.segment
            if from != standing.segment { note(customer, from, standing.segment, reason(before, standing)) }
        }
        for (customer, before) in former.sorted(by: { $0.key < $1.key }) where now[customer] == nil {
            note(customer, renamed[before.segment] ?? before.segment, nil, .gone)
        }
        return counts.map { way, entry in
            SegmentFlow(from: way.from, to: way.to, count: entry.count, reasons: entry.reasons, sample: entry.sample)
        }.sorted { (-$0.count, $0.from ?? "", $0.to ?? "") < (-$1.count, $1.from ?? "", $1.to ?? "") }
    }

    private static func reason(_ before: Standing, _ now: Standing) -> SegmentFlow.Reason {
        if now.orderCount > before.orderCount { return .ordered }
        return now.recencyDays > before.recencyDays ? .quieter : .borders
    }
}
