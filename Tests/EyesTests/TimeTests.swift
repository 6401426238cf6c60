import Foundation
import Learning
import Testing

@testable import Eyes

@Suite("Time and population")
struct TimeTests {
    @Test("labels nest: who stays away for 90 days stays away for 60 and 30")
    func labelsNest() {
        let snapshot = Shop.generated(400, days: 500, seed: 3)
        for cutOff in stride(from: 9_700, to: 9_910, by: 35) {
            let customers = Population.active(snapshot, at: cutOff, window: 180)
            let labels = [30, 60, 90].map {
                Population.churned(snapshot, customers: customers, at: cutOff, days: $0)
            }
            for row in customers.indices {
                if labels[2][row] { #expect(labels[1][row]) }
                if labels[1][row] { #expect(labels[0][row]) }
            }
        }
    }

    @Test("used customers are buyers, gone and without activity, buyers are active and lapsed")
    func countsAddUp() {
        let snapshot = Shop.snapshot([
            [(day: 990, amount: 1)], [(day: 700, amount: 1)], [(day: 100, amount: 1)], [], [(day: 1_000, amount: 1)],
        ])
        let counts = Population.counts(snapshot, at: 1_000, config: .standard)
        #expect(counts.used == 5)
        #expect(counts.active == 1)
        #expect(counts.lapsed == 1)
        #expect(counts.buyers == 2)
        #expect(counts.gone == 1)
        #expect(counts.noActivity == 2)
    }

    @Test("the window is whole days: 180 days back counts, 181 does not")
    func windowEnds() {
        let snapshot = Shop.snapshot([[(day: 820, amount: 1)], [(day: 819, amount: 1)]])
        let active = Population.active(snapshot, at: 1_000, window: 180)
        #expect(active.map { snapshot.customers[$0] } == [Shop.name(0)])
    }

    @Test("two training cut-offs for large populations, as many as fit up to four for small ones")
    func cutOffs() {
        let large = CutOffPlan.make(horizon: .days30, score: 1_000, firstDay: 0, activeAtTest: 5_000)
        #expect(large.test == 970)
        #expect(large.training == [940, 910])
        let small = CutOffPlan.make(horizon: .days30, score: 1_000, firstDay: 0, activeAtTest: 4_999)
        #expect(small.training == [940, 910, 880, 850])
        let short = CutOffPlan.make(horizon: .days90, score: 1_000, firstDay: 760, activeAtTest: 300)
        #expect(short.training == [820])
        #expect(short.neededHistory == 240)
        #expect(CutOffPlan.make(horizon: .days90, score: 1_000, firstDay: 761, activeAtTest: 300).training.isEmpty)
    }

    @Test("local days survive daylight saving, leap days and zones without midnight")
    func localDays() {
        for name in ["Europe/Madrid", "America/New_York", "Asia/Kolkata", "America/Santiago", "UTC"] {
            let calendar = ZoneCalendar(zoneName: name)
            var days = DayCounter(calendar: calendar)
            for day in stride(from: 19_700, to: 20_200, by: 1) {
                let start = calendar.start(of: day)
                #expect(calendar.day(of: start) == day)
                #expect(calendar.day(of: start.addingTimeInterval(-1)) == day - 1)
                let milliseconds = Int64(start.timeIntervalSince1970 * 1000)
                #expect(days.day(ofMilliseconds: milliseconds) == day)
                #expect(days.day(ofMilliseconds: milliseconds - 1) == day - 1)
            }
        }
        #expect(ZoneCalendar.label(of: 19_782) == "2024-02-29")
        #expect(ZoneCalendar.label(of: 0) == "1970-01-01")
        #expect(ZoneCalendar.label(of: CDNOW.scoreDate) == "1998-04-01")
    }

    @Test("horizons read from addresses")
    func timeframes() {
        #expect(Horizon(timeframe: "60d") == .days60)
        #expect(Horizon(timeframe: "45d") == nil)
    }

    @Test("a configuration out of range names its fields")
    func configuration() {
        var config = EyesConfig.standard
        #expect(config.problems.isEmpty)
        config.activeWindowDays = 20
        config.mediumBand = 0.9
        #expect(config.problems.contains("active_window_days"))
        #expect(config.problems.contains("high_band"))
    }
}
