import Customers
import Foundation
import Learning

/// Makes the demo shop. The same seed and the same present day give the same shop, whatever the machine or its zone.
public struct DemoGenerator: Sendable {
    public static let standardSeed: UInt64 = 42
    public static let standardCustomers = 5_000
    /// Eighteen months.
    public static let standardDays = 548
    public static let currency = "USD"
    public static let timeZone = "America/New_York"

    private let seed: UInt64
    private let customers: Int
    private let season: DemoSeason
    private let present: Date

    /// - Parameters:
    ///   - asOf: any moment of the present day in the shop's zone; the last orders are of the day before.
    ///   - customers: how many people, contacts without orders included.
    ///   - days: how far the shop's past reaches.
    public init(
        seed: UInt64 = standardSeed, asOf: Date, customers: Int = standardCustomers, days: Int = standardDays
    ) {
        self.seed = seed
        self.customers = max(customers, 1)
        season = DemoSeason(present: asOf, days: days, timeZone: TimeZone(identifier: Self.timeZone) ?? .gmt)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: Self.timeZone) ?? .gmt
        present = calendar.startOfDay(for: asOf)
    }

    public func make() -> DemoShop {
        var market = DemoMarketFile(seed: seed, season: season)
        return DemoShop(customers: (0..<customers).map(customer), marketFile: market.csv())
    }

    /// Each customer has a stream of randomness of their own: one more customer changes none of the others.
    private func customer(_ number: Int) -> DemoShop.Customer {
        var random = SeededGenerator(seed: seed, stream: UInt64(number))
        let kind = kind(of: random.unit())
        let id = "D" + String(10_000 + number)
        let days = orderDays(kind, &random)
        let orders = orders(on: days, of: id, kind, &random)
        let joined = orders.first?.placedAt ?? moment(ofDay: random.below(season.days), &random)
        let details = details(id, number, joined: joined, kind, &random)
        let consent = DemoConsent.draw(&random)
        let entries = consent.entries(for: id, joined: joined, present: present, &random)
        return DemoShop.Customer(kind: kind, details: details, orders: orders, consents: entries)
    }

    private func kind(of draw: Double) -> DemoKind {
        var rest = draw
        for kind in DemoKind.allCases {
            rest -= kind.share
            if rest < 0 { return kind }
        }
        return .contact
    }

    // MARK: When

    /// Days with an order, ascending: a renewal process whose gaps are gamma distributed (shape 3: people have habits,
    /// not clocks) in the season's measure.
    private func orderDays(_ kind: DemoKind, _ random: inout SeededGenerator) -> [Int] {
        let (from, to) = kind.activity(season.days, &random)
        let (median, spread) = kind.rhythm
        guard kind != .contact else { return [] }
        let gap = min(max(median * exp(spread * random.normal()), median / 3), median * 3)
        let end = season.measure(daysBefore: to)
        let fadesFrom = kind == .slipping ? season.measure(daysBefore: min(to + 90, from)) : .infinity
        var time = season.measure(daysBefore: from)
        var days: [Int] = []
        while time < end, let day = season.day(at: time) {
            days.append(day)
            let factor = time > fadesFrom ? 2.2 : 1
            time += max(gap * factor * gamma3(&random), 0.2)
        }
        return days
    }

    /// Gamma with shape 3 and mean 1.
    private func gamma3(_ random: inout SeededGenerator) -> Double {
        let product = (1 - random.unit()) * (1 - random.unit()) * (1 - random.unit())
        return -log(product) / 3
    }

    /// A moment of a day: rarely at night, most often at noon and in the evening.
    private func moment(ofDay day: Int, _ random: inout SeededGenerator) -> Date {
        let hour: Double
        switch random.unit() {
        case ..<0.08: hour = random.uniform(in: 0...7.9)
        case ..<0.50: hour = 12.5 + 2.2 * random.normal()
        default: hour = 20 + 1.4 * random.normal()
        }
        let second = Int(min(max(hour, 0.05), 22.9) * 3600) + random.below(60)
        return season.midnights[day].addingTimeInterval(Double(second))
    }

    // MARK: What

    private func orders(
        on days: [Int], of customer: String, _ kind: DemoKind, _ random: inout SeededGenerator
    ) -> [OrderInput] {
        let own = kind.typicalAmount * exp(0.35 * random.normal())
        let moments = days.map { moment(ofDay: $0, &random) }.sorted()
        return moments.enumerated().map { index, placedAt in
            let quantity = 1 + random.below(3) + (random.unit() < 0.1 ? random.below(4) : 0)
            let amount = own * exp(0.45 * random.normal()) * (0.7 + 0.15 * Double(quantity))
            let gross = Int64(min(max(amount, 500), 90_000)) / 10 * 10 - 1
            let discount = random.unit() < 0.16 ? gross / Int64(5 + random.below(6)) : 0
            let (status, refunded) = outcome(gross - discount, &random)
            return OrderInput(
                externalID: "\(customer)-\(index + 1)", customerExternalID: customer, placedAt: placedAt,
                amountMinor: gross - discount, currency: Self.currency, quantity: quantity, status: status,
                refundedMinor: refunded, discountMinor: discount, test: random.unit() < 0.0015)
        }
    }

    private func outcome(_ amount: Int64, _ random: inout SeededGenerator) -> (OrderStatus, refunded: Int64) {
        switch random.unit() {
        case ..<0.012: (.cancelled, 0)
        case ..<0.030: (.refunded, amount)
        case ..<0.052: (.partiallyRefunded, amount * Int64(2 + random.below(6)) / 10)
        default: (.paid, 0)
        }
    }

    // MARK: Who

    private func details(
        _ id: String, _ number: Int, joined: Date, _ kind: DemoKind, _ random: inout SeededGenerator
    ) -> CustomerInput {
        let first = DemoNames.first[random.below(DemoNames.first.count)]
        let last = DemoNames.last[random.below(DemoNames.last.count)]
        let domain = DemoNames.domains[random.below(DemoNames.domains.count)]
        let tags = kind == .contact ? ["newsletter"] : (random.unit() < 0.25 ? ["newsletter"] : [])
        return CustomerInput(
            externalID: id, email: "\(first).\(last)\(number)@\(domain)".lowercased(), firstName: first, lastName: last,
            country: DemoNames.country(&random), sourceCreatedAt: joined, tags: tags)
    }
}
