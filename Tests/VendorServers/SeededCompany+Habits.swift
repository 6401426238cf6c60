import Foundation

/// People who come over time, buy in a rhythm of their own, and one day stay away: what an analysis can find.
extension SeededCompany {
    /// Nobody new comes in the last part, so that everybody has had time to come back.
    private static let partWithNewcomers = 0.7

    /// Days from the first visit until a person stays away, a quarter of all people each.
    private static let stays = [60.0, 150, 400, 10_000]
    /// How often somebody buys, against the most eager.
    private static let eagerness = [1, 2, 4, 6]

    /// When a person first came; in the order of their numbers.
    func joined(_ number: Int) -> Date {
        let span = now.timeIntervalSince(start) * Self.partWithNewcomers
        return start.addingTimeInterval((span * Double(number) / Double(max(size.customers, 1))).rounded(.down))
    }

    /// Who places an order at a moment: one of those who have come and not left, the eager ones more often.
    func buyer(_ order: Int, at moment: Date) -> Int {
        let share = moment.timeIntervalSince(start) / (now.timeIntervalSince(start) * Self.partWithNewcomers)
        let arrived = max(1, min(size.customers, Int((share * Double(size.customers)).rounded(.up))))
        var person = 0
        for attempt in 0..<24 {
            person = Self.pick(order, 100 + UInt64(attempt), arrived)
            let lot = Self.pick(order, 200 + UInt64(attempt), Self.eagerness.max() ?? 1)
            if lot < Self.eagerness[Self.pick(person, 51, Self.eagerness.count)], moment < left(person) { break }
        }
        return person
    }

    /// When a person stays away from.
    private func left(_ number: Int) -> Date {
        joined(number).addingTimeInterval(Self.stays[Self.pick(number, 50, Self.stays.count)] * 86_400)
    }
}
