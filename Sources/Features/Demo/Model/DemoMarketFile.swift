import Foundation
import Learning

/// The till of a market stall as a CSV file, the way a person would import it: new walk-in customers, some with consent,
/// and four rows that cannot be read.
struct DemoMarketFile: Sendable {
    static let name = "market-stall.csv"
    static let unreadableRows = 4
    private static let customers = 90
    private static let sales = 150
    /// The stall stood in the last weeks.
    private static let lastDays = 40

    private let season: DemoSeason
    private var random: SeededGenerator

    init(seed: UInt64, season: DemoSeason) {
        self.season = season
        random = SeededGenerator(seed: seed, stream: .max)
    }

    static let header =
        "order_id,customer_id,email,date,amount,currency,quantity,country,consent_purpose,consent_expiry"

    /// UTF-8 with line feeds; the good rows in order of time, the unreadable ones at the end.
    mutating func csv() -> String {
        var lines = [Self.header]
        let days = (0..<Self.sales).map { _ in
            max(season.days - Self.lastDays, 0) + random.below(min(Self.lastDays, season.days))
        }
        for (index, day) in days.sorted().enumerated() { lines.append(sale(index + 1, day: day)) }
        let last = text(ofDay: season.days - 1)
        lines.append("M-9001,W2001,,\(last) 12:05,-18.00,USD,1,US,,")
        lines.append("M-9002,,,\(last) 12:40,24.00,USD,1,US,,")
        lines.append("M-9003,W2014,no address given,\(last) 13:15,31.50,USD,2,US,,")
        lines.append("M-9004,W2033,,\(last) 14:10,12.00,USD,a few,US,,")
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func sale(_ number: Int, day: Int) -> String {
        let customer = random.below(Self.customers)
        // What a person is does not change between their purchases.
        var person = SeededGenerator(seed: 77, stream: UInt64(customer))
        let first = DemoNames.first[person.below(DemoNames.first.count)]
        let last = DemoNames.last[person.below(DemoNames.last.count)]
        let email = person.unit() < 0.7 ? "\(first).\(last).w\(customer)@example.com".lowercased() : ""
        let consents = person.unit() < 0.75
        let time = "\(two(11 + random.below(7))):\(two(random.below(60)))"
        let cents = 800 + random.below(4_200)
        let fields = [
            "M-\(1_000 + number)", "W\(2_000 + customer)", email, "\(text(ofDay: day)) \(time)",
            "\(cents / 100).\(two(cents % 100))", "USD", String(1 + random.below(3)), "US",
            consents ? "marketing_analytics" : "", consents ? text(ofDay: day, years: 2) : "",
        ]
        return fields.joined(separator: ",")
    }

    private func text(ofDay day: Int, years: Int = 0) -> String {
        let parts = season.date(ofDay: day)
        return
            "\((parts.year ?? 2000) + years)-\(two(parts.month ?? 1))-\(two(min(parts.day ?? 1, 28 + (years > 0 ? 0 : 3))))"
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
