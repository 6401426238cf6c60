import Foundation

/// One step of a customer: an event or an order.
struct Touch: Sendable, Equatable {
    let id: String
    /// Milliseconds since 1970.
    let at: Int64
    let channel: String
    /// Nil for events.
    var amountMinor: Int64?
    var isOrder = false
}

/// Adds customers up. What comes out depends on the set of steps alone, not on the order they came in.
struct CrossPlatformCount {
    private struct Way: Hashable {
        let channels: [String]
    }

    private struct Sum {
        var count = 0
        var conversions = 0
        var valueMinor: Int64 = 0
    }

    private var users = 0
    private var events = 0
    private var orders = 0
    private var multiChannel = 0
    private var channelSum = 0
    private var transitions = 0
    private var changes = 0
    private var touchesOf: [String: Int] = [:]
    /// Customers by the set of channels they used: everything about pairs follows from it.
    private var sets: [Set<String>: Int] = [:]
    private var journeys: [Way: Sum] = [:]
    private var risks: [Int: (users: Int, scored: Int, sums: [String: Double])] = [:]

    /// - Parameter risks: chances by horizon key; nil for whom the run did not score.
    mutating func add(_ touches: [Touch], risks chances: [String: Double]?) {
        guard !touches.isEmpty else { return }
        let ordered = touches.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
        let channels = ordered.map(\.channel)
        let used = Set(channels)
        users += 1
        events += ordered.count { !$0.isOrder }
        orders += ordered.count { $0.isOrder }
        channelSum += used.count
        if used.count > 1 { multiChannel += 1 }
        transitions += channels.count - 1
        changes += zip(channels, channels.dropFirst()).count { $0 != $1 }
        for channel in channels { touchesOf[channel, default: 0] += 1 }
        sets[used, default: 0] += 1
        var sum = journeys[Way(channels: Array(channels.prefix(CrossPlatform.steps)))] ?? Sum()
        sum.count += 1
        if ordered.contains(where: \.isOrder) { sum.conversions += 1 }
        sum.valueMinor += ordered.reduce(0) { $0 + ($1.amountMinor ?? 0) }
        journeys[Way(channels: Array(channels.prefix(CrossPlatform.steps)))] = sum
        note(used.count, chances)
    }

    private mutating func note(_ channels: Int, _ chances: [String: Double]?) {
        var risk = risks[channels] ?? (0, 0, [:])
        risk.users += 1
        if let chances {
            risk.scored += 1
            for (key, chance) in chances { risk.sums[key, default: 0] += chance }
        }
        risks[channels] = risk
    }

    // MARK: Result

    func result() -> CrossPlatform {
        let channels = touchesOf.map { name, touches in
            CrossPlatform.Channel(
                name: name, users: sets.reduce(0) { $0 + ($1.key.contains(name) ? $1.value : 0) }, touches: touches)
        }.sorted { (-$0.users, -$0.touches, $0.name) < (-$1.users, -$1.touches, $1.name) }
        let names = channels.prefix(CrossPlatform.matrixChannels).map(\.name)
        let pairs = names.indices.flatMap { a in names.indices.dropFirst(a + 1).map { pair(names[a], names[$0]) } }
        return CrossPlatform(
            users: users, touches: events + orders, events: events, orders: orders, multiChannelUsers: multiChannel,
            singleChannelUsers: users - multiChannel,
            avgChannelsPerUser: users > 0 ? Double(channelSum) / Double(users) : 0, transitions: transitions,
            channelChanges: changes, channels: channels, topJourneys: topJourneys,
            topCorrelations: Array(
                pairs.sorted {
                    (-abs($0.correlation), $0.first, $0.second) < (-abs($1.correlation), $1.first, $1.second)
                }.prefix(CrossPlatform.shown)), matrix: matrix(names, pairs), churnByChannels: churn)
    }

    private var topJourneys: [CrossPlatform.Journey] {
        journeys.map { way, sum in
            CrossPlatform.Journey(
                channels: way.channels, count: sum.count, conversions: sum.conversions, valueMinor: sum.valueMinor)
        }.sorted {
            (-$0.count, $0.channels.joined(separator: "\u{1F}"))
                < (-$1.count, $1.channels.joined(separator: "\u{1F}"))
        }.prefix(CrossPlatform.shown).map(\.self)
    }

    private func pair(_ first: String, _ second: String) -> CrossPlatform.Pair {
        var (both, onlyFirst, onlySecond, neither) = (0, 0, 0, 0)
        for (set, count) in sets {
            switch (set.contains(first), set.contains(second)) {
            case (true, true): both += count
            case (true, false): onlyFirst += count
            case (false, true): onlySecond += count
            case (false, false): neither += count
            }
        }
        let phi = Self.phi(both, onlyFirst, onlySecond, neither)
        return CrossPlatform.Pair(
            first: first, second: second, correlation: phi, pValue: Self.pValue(phi, count: users), both: both,
            onlyFirst: onlyFirst, onlySecond: onlySecond, neither: neither)
    }

    /// 0 where one of the two is used by nobody or by everybody.
    static func phi(_ both: Int, _ onlyFirst: Int, _ onlySecond: Int, _ neither: Int) -> Double {
        let (a, b, c, d) = (Double(both), Double(onlyFirst), Double(onlySecond), Double(neither))
        let spread = ((a + b) * (c + d) * (a + c) * (b + d)).squareRoot()
        return spread > 0 ? (a * d - b * c) / spread : 0
    }

    /// Of chi² = n·phi² with one degree of freedom.
    static func pValue(_ phi: Double, count: Int) -> Double { erfc((Double(count) * phi * phi / 2).squareRoot()) }

    private func matrix(_ names: [String], _ pairs: [CrossPlatform.Pair]) -> [[Double]] {
        let known = Dictionary(
            pairs.flatMap { [("\($0.first)\u{1F}\($0.second)", $0.correlation)] },
            uniquingKeysWith: { first, _ in first })
        return names.indices.map { a in
            names.indices.map { b in
                a == b ? 1 : known["\(names[min(a, b)])\u{1F}\(names[max(a, b)])"] ?? 0
            }
        }
    }

    private var churn: [CrossPlatform.ChannelCount] {
        risks.sorted { $0.key < $1.key }.map { channels, risk in
            CrossPlatform.ChannelCount(
                channels: channels, users: risk.users, scored: risk.scored,
                meanRisk: risk.scored > 0 ? risk.sums.mapValues { $0 / Double(risk.scored) } : [:])
        }
    }
}
