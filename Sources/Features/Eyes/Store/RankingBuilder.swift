/// Makes a run's lists from its rows.
struct RankingBuilder {
    let runID: String

    /// Where a row stands in one list.
    private typealias Placed = (place: Int, entry: RankedEntry)

    func scores(_ rows: [RankedRow]) -> [StoredRanking] {
        Horizon.allCases.enumerated().flatMap { index, horizon in
            let placed = rows.compactMap { row in
                row.standings[index].map { standing in
                    (
                        standing,
                        RankedEntry(
                            customerID: row.customerID, level: standing.level, segment: row.segment,
                            riskPlace: standing.riskPlace)
                    )
                }
            }
            return ScoreQuery.Order.allCases.flatMap { order in
                stretches(
                    .scores(horizon, order),
                    placed.map { (order == .value ? $0.0.place : $0.0.riskPlace, $0.1) })
            }
        }
    }

    func members(_ rows: [StoredMember]) -> [StoredRanking] {
        Dictionary(grouping: rows, by: \.segment).sorted { $0.key < $1.key }.flatMap { segment, members in
            stretches(
                .segment(segment),
                members.map { ($0.place, RankedEntry(customerID: $0.customerID, segment: segment)) })
        }
    }

    /// A place that no row has is nobody's.
    private func stretches(_ list: RankedList, _ rows: [Placed]) -> [StoredRanking] {
        var entries = [RankedEntry](repeating: .nobody, count: (rows.lazy.map(\.place).max() ?? -1) + 1)
        for row in rows { entries[row.place] = row.entry }
        return stride(from: 0, to: entries.count, by: StoredRanking.length).map { from in
            StoredRanking(
                runID: runID, list: list, from: from,
                entries: Array(entries[from..<min(from + StoredRanking.length, entries.count)]))
        }
    }
}

/// What the lists need of a scored customer.
struct RankedRow: Sendable {
    struct Standing: Sendable {
        let level: RiskLevel
        let place: Int
        let riskPlace: Int
    }

    let customerID: String
    let segment: Int?
    /// In the order of `Horizon.allCases`.
    let standings: [Standing?]

    init(_ score: StoredScore) {
        customerID = score.customerID
        segment = score.segment
        standings = score.scores.map { score in
            score.map { Standing(level: $0.level, place: $0.place, riskPlace: $0.riskPlace) }
        }
    }
}
