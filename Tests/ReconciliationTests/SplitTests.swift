import Connectors
import Foundation
import Testing

@testable import Reconciliation

/// A steady number for a seed, so that a case that fails can be made again.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func roll(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(1, bound)))
    }

    mutating func chance(_ percent: Int) -> Bool { roll(100) < percent }
}

/// One day of a shop in New York, seen from an organization in UTC.
struct PlantedDay {
    static let day = "2026-11-10"
    static let from = Date(timeIntervalSince1970: 1_794_286_800)
    static let readAt = from.addingTimeInterval(5 * 86_400)

    var sales: [OwnRow] = []
    var refunds: [OwnRow] = []
    var source: [SourceRow] = []
    var rules = SummaryRules(.orders, countsCancelled: true)

    /// Sales spread over three days around the day, known on both sides.
    init(count: Int = 90, seed: UInt64 = 1) {
        var dice = Dice(seed)
        for number in 0..<count {
            let at = Self.from.addingTimeInterval(Double(dice.roll(3 * 86_400) - 86_400))
            let amount = Int64(500 + dice.roll(20_000))
            var row = OwnRow(
                "o\(number)", recordID: "ord_\(number)", at: at, amountMinor: amount, currency: "USD",
                firstSeenAt: at.addingTimeInterval(600))
            row.refundedMinor = 0
            sales.append(row)
            source.append(SourceRow(.sale, "o\(number)", at: at, amountMinor: amount, currency: "USD"))
        }
    }

    /// What the source states of the day: by its own rows and its own zone, without a look at ours.
    var figures: [SummaryMetric: Int64] {
        let end = Self.from.addingTimeInterval(86_400)
        let mine = source.filter { $0.at >= Self.from && $0.at < end }
        let sold = mine.filter {
            $0.kind == .sale && (rules.countsTests || !$0.isTest) && (rules.countsCancelled || !$0.isCancelled)
        }
        let returned = mine.filter { $0.kind == .refund }.reduce(0) { $0 + $1.amountMinor }
        return [
            .orders: Int64(sold.count),
            .revenue: sold.reduce(0) { $0 + $1.amountMinor } - (rules.revenueIsNet ? returned : 0),
            .refunds: returned,
        ]
    }

    func facts(ownZone: String = "America/New_York", showsRows: Bool = true) -> DayCase {
        var facts = DayCase(
            day: Self.day, ownZone: ownZone, sourceZone: "America/New_York", currency: "USD", rules: rules,
            figures: figures, readAt: Self.readAt, ownAsOf: Self.readAt)
        facts.sales = sales
        facts.refunds = refunds
        facts.source = showsRows ? source : nil
        return facts
    }

    /// Places of sales that fall on the day in New York.
    var today: [Int] {
        sales.indices.filter { sales[$0].at >= Self.from && sales[$0].at < Self.from.addingTimeInterval(86_400) }
    }

    func at(_ number: Int) -> Int { today[number] }
}

@Suite("Gaps by cause")
struct SplitTests {
    private func split(_ facts: DayCase, _ metric: SummaryMetric = .revenue) throws -> GapSplit {
        try #require(facts.splits().first { $0.metric == metric })
    }

    /// At least 99 % of the gap under one cause, nothing unexplained to speak of.
    private func expect(_ split: GapSplit, _ cause: GapCause) {
        #expect(split.gap != 0)
        #expect(abs(split.causes[cause] ?? 0) * 100 >= abs(split.gap) * 99, "\(split.causes) of \(split.gap)")
        #expect(abs(split.unexplained) * 100 <= abs(split.gap))
        #expect(split.causes.values.reduce(0, +) + split.unexplained == split.gap)
    }

    @Test("without differences there is no gap")
    func equal() throws {
        for split in PlantedDay().facts().splits() { #expect(split.gap == 0 && split.rows.isEmpty) }
    }

    @Test("the day of another zone", arguments: [true, false])
    func timeZone(_ showsRows: Bool) throws {
        let facts = PlantedDay().facts(ownZone: "UTC", showsRows: showsRows)
        expect(try split(facts), .timeZone)
        expect(try split(facts, .orders), .timeZone)
    }

    @Test("refunds on their own day", arguments: [true, false])
    func refundDate(_ showsRows: Bool) throws {
        var day = PlantedDay()
        // Placed on the day, given back two days later; and the other way round.
        day.sales[day.at(0)].refundedMinor = 400
        day.give(back: 400, of: day.sales[day.at(0)].externalID, at: PlantedDay.from.addingTimeInterval(2.5 * 86_400))
        let other = try #require(day.sales.indices.first { !day.today.contains($0) })
        day.sales[other].refundedMinor = 1900
        day.give(back: 1900, of: day.sales[other].externalID, at: PlantedDay.from.addingTimeInterval(7200))
        // Of an order long ago.
        day.give(back: 777, of: "old", at: PlantedDay.from.addingTimeInterval(8000))
        expect(try split(day.facts(showsRows: showsRows), .refunds), .refundDate)
        day.rules.revenueIsNet = true
        expect(try split(day.facts(showsRows: showsRows)), .refundDate)
    }

    @Test("tests, drafts and cancelled orders that count on one side")
    func tests() throws {
        var day = PlantedDay()
        day.rules.countsTests = true
        day.sales[day.at(1)].isTest = true
        day.source[day.at(1)].isTest = true
        day.sales[day.at(2)].isCancelled = true
        day.source[day.at(2)].isCancelled = true
        var draft = SourceRow(
            .sale, "d1", at: PlantedDay.from.addingTimeInterval(50), amountMinor: 900, currency: "USD")
        draft.isTest = true
        day.source.append(draft)
        expect(try split(day.facts()), .testOrder)
        expect(try split(day.facts(), .orders), .testOrder)
    }

    @Test("tests the source counts, told from our own rows alone")
    func testsWithoutRows() throws {
        var day = PlantedDay()
        day.rules.countsTests = true
        day.sales[day.at(1)].isTest = true
        day.source[day.at(1)].isTest = true
        expect(try split(day.facts(showsRows: false)), .testOrder)
    }

    @Test("orders edited after they were placed")
    func edits() throws {
        var day = PlantedDay()
        day.source[day.at(3)].amountMinor += 2500
        day.source[day.at(4)].amountMinor -= 300
        expect(try split(day.facts()), .orderEdit)
    }

    @Test("amounts the source converted", arguments: [true, false])
    func currency(_ showsRows: Bool) throws {
        var day = PlantedDay()
        for place in [day.at(5), day.at(6)] {
            day.sales[place].currency = "EUR"
            day.source[place].amountMinor = day.sales[place].amountMinor * 108 / 100
        }
        let found = try split(day.facts(showsRows: showsRows))
        expect(found, .currency)
        #expect(found.rows.count == 2)
    }

    @Test("a rate that differs from the source's")
    func rate() throws {
        var day = PlantedDay()
        day.sales[day.at(5)].currency = "EUR"
        day.sales[day.at(5)].convertedMinor = day.sales[day.at(5)].amountMinor * 105 / 100
        day.source[day.at(5)].amountMinor = day.sales[day.at(5)].amountMinor * 108 / 100
        expect(try split(day.facts()), .currency)
    }

    @Test("data that came late, on either side")
    func late() throws {
        var day = PlantedDay()
        day.source.append(
            SourceRow(.sale, "new", at: PlantedDay.from.addingTimeInterval(80_000), amountMinor: 4200, currency: "USD"))
        expect(try split(day.facts()), .lateData)
        var other = PlantedDay()
        let place = other.at(0)
        other.sales[place].firstSeenAt = PlantedDay.readAt.addingTimeInterval(60)
        other.source.removeAll { $0.externalID == other.sales[place].externalID }
        expect(try split(other.facts()), .lateData)
        expect(try split(other.facts(showsRows: false)), .lateData)
    }

    @Test("orders gone at the source, and orders gone here that still count there")
    func deleted() throws {
        var day = PlantedDay()
        let id = day.sales[day.at(7)].externalID
        day.source.removeAll { $0.externalID == id }
        expect(try split(day.facts()), .deletedAtSource)
        var other = PlantedDay()
        other.sales[other.at(8)].deletedAt = PlantedDay.readAt.addingTimeInterval(100)
        other.sales[other.at(8)].isCancelled = true
        expect(try split(other.facts()), .deletedAtSource)
        expect(try split(other.facts(showsRows: false)), .deletedAtSource)
    }

    @Test("daily figures: read too early, in another currency, of entities that are gone")
    func figures() throws {
        func facts(_ theirs: Int64, asOf: TimeInterval = 0) -> DayCase {
            var facts = DayCase(
                day: PlantedDay.day, ownZone: "UTC", sourceZone: "UTC", currency: "USD",
                rules: SummaryRules(.days(level: "campaign")), figures: [.spend: theirs], readAt: PlantedDay.readAt,
                ownAsOf: PlantedDay.readAt.addingTimeInterval(asOf))
            facts.entities = [
                FigureRow("c1", currency: "USD", figures: [.spend: 1000]),
                FigureRow("c2", currency: "USD", figures: [.spend: 2500]),
            ]
            return facts
        }
        #expect(try split(facts(3500), .spend).gap == 0)
        expect(try split(facts(3900, asOf: -7200), .spend), .lateData)
        let fresh = try split(facts(3900), .spend)
        #expect(fresh.unexplained == -400 && fresh.isOff && fresh.causes.isEmpty)
        let small = try split(facts(3530), .spend)
        #expect(small.unexplained == -30 && !small.isOff)
        var foreign = facts(3900)
        foreign.entities.append(FigureRow("c3", currency: "EUR", figures: [.spend: 370]))
        expect(try split(foreign, .spend), .currency)
        var gone = facts(1000)
        gone.entities[1].isDeleted = true
        expect(try split(gone, .spend), .deletedAtSource)
    }

    @Test("whatever differs, causes and the unexplained rest add up to the gap", arguments: 1...300)
    func addsUp(_ seed: Int) throws {
        var dice = Dice(UInt64(seed))
        var day = PlantedDay(count: 30 + dice.roll(60), seed: UInt64(seed))
        day.rules.revenueIsNet = dice.chance(50)
        day.rules.countsTests = dice.chance(50)
        day.rules.countsCancelled = dice.chance(50)
        day.rules.basis = dice.chance(70) ? .orders : .payments
        day.shake(&dice)
        for showsRows in [true, false] {
            let zone = ["UTC", "Asia/Tokyo", "America/New_York"][dice.roll(3)]
            var facts = day.facts(ownZone: zone, showsRows: showsRows)
            facts.ownAsOf = dice.chance(50) ? nil : PlantedDay.readAt
            // A summary that follows from nothing.
            if dice.chance(30) { facts.figures[.revenue, default: 0] += Int64(dice.roll(9999) - 5000) }
            for split in facts.splits() {
                #expect(split.causes.values.reduce(0, +) + split.unexplained == split.ours - split.theirs)
                for (cause, amount) in split.causes {
                    #expect(split.rows.filter { $0.cause == cause }.reduce(0) { $0 + $1.amount } == amount)
                }
            }
        }
    }
}

extension PlantedDay {
    mutating func give(back amount: Int64, of sale: String, at: Date) {
        let id = "r\(refunds.count)"
        var row = OwnRow(id, at: at, amountMinor: amount, currency: "USD", firstSeenAt: at)
        row.saleExternalID = sale
        refunds.append(row)
        source.append(SourceRow(.refund, id, at: at, amountMinor: amount, currency: "USD"))
    }

    /// Differences of every kind at once.
    mutating func shake(_ dice: inout Dice) {
        for place in sales.indices {
            if dice.chance(10) { sales[place].isTest.toggle() }
            if dice.chance(10) { source[place].isTest.toggle() }
            if dice.chance(10) { sales[place].isCancelled = true }
            if dice.chance(5) { source[place].isCancelled = true }
            if dice.chance(10) { sales[place].currency = "EUR" }
            if dice.chance(5) { sales[place].convertedMinor = Int64(dice.roll(9000)) }
            if dice.chance(10) { source[place].amountMinor += Int64(dice.roll(900) - 400) }
            if dice.chance(5) { sales[place].deletedAt = Self.readAt.addingTimeInterval(Double(dice.roll(600) - 300)) }
            if dice.chance(5) { sales[place].firstSeenAt = Self.readAt.addingTimeInterval(9) }
            if dice.chance(20) {
                sales[place].refundedMinor = Int64(dice.roll(900))
                give(
                    back: Int64(1 + dice.roll(900)), of: sales[place].externalID,
                    at: Self.from.addingTimeInterval(Double(dice.roll(3 * 86_400) - 86_400)))
            }
        }
        source.removeAll { _ in dice.chance(7) }
        sales.removeAll { _ in dice.chance(7) }
        refunds.removeAll { _ in dice.chance(7) }
    }
}
