import Customers
import Foundation
import Learning
import Testing
import Web

@testable import Eyes

@Suite("Profit slider")
struct ProfitTests {
    private static func basis(_ count: Int, seed: UInt64 = 3) -> ProfitBasis {
        var generator = SeededGenerator(seed: seed)
        let chances = (0..<count).map { _ in generator.unit() }
        let spends = (0..<count).map { _ in generator.uniform(in: 500...20_000).rounded() }
        let byStake = chances.indices.sorted { (-chances[$0] * spends[$0], $0) < (-chances[$1] * spends[$1], $1) }
        let byRisk = chances.indices.sorted { (-chances[$0], $0) < (-chances[$1], $1) }
        var (stake, risk) = ([Int](repeating: 0, count: count), [Int](repeating: 0, count: count))
        for (place, row) in byStake.enumerated() { stake[row] = place }
        for (place, row) in byRisk.enumerated() { risk[row] = place }
        let tested = TestPredictions(
            horizon: .days90, probabilities: (0..<count / 2).map { _ in generator.unit() },
            labels: (0..<count / 2).map { _ in generator.unit() < 0.5 },
            spends: (0..<count / 2).map { _ in generator.uniform(in: 500...20_000).rounded() })
        return ProfitBasis(
            rows: chances.indices.map {
                .init(chance: chances[$0], spend90: spends[$0], valuePlace: stake[$0], riskPlace: risk[$0])
            }, test: StoredTest(tested, runID: "eyr_x"))
    }

    private static let choice = ProfitChoice(contactCostMinor: 150, successRate: 0.12, margin: 0.4)

    @Test("expected profit at every cut is Σ p·s·v − n·c, and the marked cut is the highest", arguments: [1, 7, 400])
    func recount(_ count: Int) {
        let basis = Self.basis(count)
        let plan = ProfitPlan(basis, Self.choice, seed: 42)
        let rows = basis.rows.sorted { $0.valuePlace < $1.valuePlace }
        for cut in 0...count {
            let first = rows.prefix(cut)
            let profit = first.reduce(0) { $0 + $1.chance * 0.12 * $1.spend90 * 0.4 } - Double(cut) * 150
            #expect(abs(plan.cuts[cut].profit - profit) < 1e-6)
            #expect(abs(plan.cuts[cut].right - first.reduce(0) { $0 + $1.chance }) < 1e-9)
            #expect(abs(plan.cuts[cut].right + plan.cuts[cut].wasted - Double(cut)) < 1e-9)
        }
        let highest = plan.cuts.map(\.profit).max() ?? 0
        #expect(plan.cuts[plan.best].profit == highest)
        #expect(plan.place(nil) == plan.best)
        #expect(plan.place(10_000) == count)
    }

    @Test("the held-out figures at every shown cut equal a direct recount of the window")
    func heldOut() throws {
        let basis = Self.basis(300)
        let answer = ProfitAnswer(ProfitPlan(basis, Self.choice, seed: 42), cut: 120)
        let test = try #require(basis.test)
        let order = test.labels.indices.sorted {
            let (a, b) = (test.probabilities[$0] * test.spends[$0], test.probabilities[$1] * test.spends[$1])
            return a != b ? a > b : $0 < $1
        }
        let scale = 300 / Double(test.labels.count)
        for cut in answer.curve + [answer.chosen] {
            let held = try #require(cut.held)
            let reached = Int((Double(cut.reached) / 300 * Double(test.labels.count)).rounded())
            let leavers = order.prefix(reached).filter { test.labels[$0] }
            let profit = leavers.reduce(0) { $0 + 0.12 * test.spends[$1] * 0.4 } - Double(reached) * 150
            #expect(abs(held.profit.estimate - profit * scale) < 1e-6)
            #expect(abs(held.right.estimate - Double(leavers.count) * scale) < 1e-9)
            #expect(held.profit.lower <= held.profit.estimate && held.profit.estimate <= held.profit.upper)
        }
        #expect(answer.chosen.reached == 120)
        #expect(answer.curve.first?.reached == 0 && answer.curve.last?.reached == 300)
    }

    @Test("one value for all orders by risk; a contact that never pays has no best cut")
    func fixedValue() {
        var choice = Self.choice
        choice.fixedValueMinor = 1_000
        let basis = Self.basis(200)
        let plan = ProfitPlan(basis, choice, seed: 1)
        let highest = basis.rows.map(\.chance).max() ?? 0
        #expect(abs(plan.cuts[1].right - highest) < 1e-12)
        choice.contactCostMinor = 1_000_000
        #expect(ProfitPlan(basis, choice, seed: 1).best == 0)
        #expect(ProfitPlan(ProfitBasis(rows: [], test: nil), choice, seed: 1).best == 0)
    }

    @Test("the form takes commas, keeps what it cannot read, and says so")
    func form() {
        let sent = ["cost": "1,50", "success": "250", "margin": "", "value": "", "cut": "12"]
        let form = ProfitForm({ sent[$0] }, kept: .standard(currency: "USD"), currency: "USD")
        #expect(form.choice.contactCostMinor == 150)
        #expect(form.choice.successRate == 0.1)
        #expect(form.cut == 12)
        #expect(form.errors.all.map(\.field) == ["success"])
        #expect(form.refused == ["success": "250"])
        #expect(form.isChanged)
        let yen = ProfitForm({ $0 == "cost" ? "150" : nil }, kept: .standard(currency: "JPY"), currency: "JPY")
        #expect(yen.choice.contactCostMinor == 150)
        #expect(
            ProfitChoice(contactCostMinor: -1, successRate: 2, margin: 0).problems == [
                "contact_cost_minor", "success_rate",
            ])
    }

    @Test("a stored run's slider reaches everybody the run scored, and the file holds exactly the cut")
    func stored() async throws {
        try await EyesHouse.open { house in
            try await house.fill(700)
            let run = try await house.run()
            let published = try #require(try await house.service.published(house.scope))
            let report = try #require(run.result.horizons.first { $0.state.hasProbabilities })
            let choice = try await house.service.profitChoice(house.scope)
            let answer = try #require(
                try await house.service.profit(house.scope, published, report.horizon, choice, cut: 37))
            #expect(answer.customers == report.counts.total)
            #expect(answer.chosen.reached == min(37, answer.customers))
            #expect(answer.heldOutRows > 0)
            #expect(abs((answer.curve.last?.right ?? 0) - (report.expectedLeavers ?? 0)) < 1e-6)

            let list = ListQuery(filter: ChurnFilter(horizon: report.horizon), cut: answer.chosen.reached)
            let export = ScoreExport(
                service: house.service, scope: house.scope, published: published, list: list, format: .csv,
                speech: try house.speech())
            let count = try await export.rowCount()
            #expect(count == answer.chosen.reached)
            var lines: [Substring] = []
            let collected = Collected()
            try await export.portions(count) { await collected.add($0) }
            let text = String(decoding: await collected.bytes, as: UTF8.self)
            lines = text.split(separator: "\r\n")
            #expect(lines.count == count)
            let shown = try await EyesStore(house.scope, house.database).scores(
                ScoreQuery(horizon: report.horizon, limit: count), runID: run.id)
            #expect(lines.map { $0.prefix { $0 != "," } } == shown.map { Substring($0.customerID) })
            let head = String(decoding: export.head(count), as: UTF8.self)
            #expect(head.contains("run_id=\(run.id)") && head.contains("cut=37") && head.contains("rows=\(count)"))
        }
    }

    @Test("kept figures belong to one organization and are written into its log")
    func kept() async throws {
        try await EyesHouse.open { house in
            let choice = ProfitChoice(contactCostMinor: 75, successRate: 0.2, margin: 0.3, fixedValueMinor: 4_000)
            try await house.service.keep(choice, house.scope, requestID: nil)
            #expect(try await house.service.profitChoice(house.scope) == choice)
            #expect(try await house.service.profitChoice(house.other) == .standard(currency: "USD"))
            await #expect(throws: EyesError.invalidConfig(["success_rate"])) {
                try await house.service.keep(
                    ProfitChoice(contactCostMinor: 1, successRate: 1.5, margin: 0), house.scope, requestID: nil)
            }
        }
    }
}

/// Bytes in the order they came.
actor Collected {
    private(set) var bytes: [UInt8] = []

    func add(_ more: [UInt8]) { bytes += more }
}
