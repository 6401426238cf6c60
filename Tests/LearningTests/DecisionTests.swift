import Foundation
import Learning
import Testing

@Suite("Profit by cut")
struct ProfitCurveTests {
    private let terms = ProfitTerms(contactCost: 2, successRate: 0.25)

    private func window(_ rows: Int, seed: UInt64) -> (chances: [Double], outcomes: [Double], values: [Double]) {
        var generator = SeededGenerator(seed: seed)
        let chances = (0..<rows).map { _ in generator.unit() }
        let values = (0..<rows).map { _ in (generator.unit() * 4000).rounded() / 100 }
        return (chances, chances.map { generator.unit() < $0 ? 1 : 0 }, values)
    }

    @Test("every cut equals a direct recount, and the marked one is the maximum")
    func recount() {
        let given = window(700, seed: 1)
        let curve = ProfitCurve(
            chances: given.chances, leaving: given.outcomes, values: given.values, terms: terms)
        #expect(curve.points.count == 701 && curve.points[0] == ProfitPoint())
        let order = (0..<700).sorted {
            given.chances[$0] * given.values[$0] > given.chances[$1] * given.values[$1]
        }
        for cut in [1, 2, 50, 349, 700] {
            let reached = order.prefix(cut)
            let right = reached.reduce(0) { $0 + given.outcomes[$1] }
            let won = reached.reduce(0) { $0 + given.outcomes[$1] * given.values[$1] * 0.25 }
            let point = curve.points[cut]
            #expect(point.reached == Double(cut) && point.right == right && point.wasted == Double(cut) - right)
            #expect(isClose(point.saved, right / 4) && isClose(point.profit, won - 2 * Double(cut)))
        }
        let best = curve.points[curve.bestCut].profit
        #expect(best > 0 && curve.points.allSatisfy { $0.profit <= best })
    }

    @Test("expected figures use the chances; nobody is worth a contact that costs more than all they have")
    func expected() {
        let given = window(200, seed: 2)
        let curve = ProfitCurve(chances: given.chances, leaving: given.chances, values: given.values, terms: terms)
        #expect(isClose(curve.points[200].right, given.chances.reduce(0, +)))
        let gains = zip(given.chances, given.values).map { $0 * $1 * 0.25 - 2 }.filter { $0 > 0 }
        #expect(curve.bestCut == gains.count && isClose(curve.points[curve.bestCut].profit, gains.reduce(0, +)))
        let dear = ProfitTerms(contactCost: 1000, successRate: 0.25)
        let none = ProfitCurve(chances: given.chances, leaving: given.chances, values: given.values, terms: dear)
        #expect(none.bestCut == 0)
        #expect(
            ProfitCurve(chances: [.nan], leaving: [.nan], values: [.infinity], terms: terms).points.allSatisfy {
                $0.profit.isFinite
            })
        #expect(ProfitTerms(contactCost: -1, successRate: 7) == ProfitTerms(contactCost: 0, successRate: 1))
    }

    @Test("intervals hold the estimate, narrow with more rows, scale, and cover the truth")
    func bands() {
        let small = window(400, seed: 3)
        let large = window(6400, seed: 3)
        func width(_ given: (chances: [Double], outcomes: [Double], values: [Double])) -> Double {
            let curve = ProfitCurve(
                chances: given.chances, leaving: given.outcomes, values: given.values, terms: terms)
            let band = curve.bands(atShares: [0.2], resamples: 400, seed: 1)[0]
            #expect(band.profit.lower <= band.profit.estimate && band.profit.estimate <= band.profit.upper)
            #expect(band.reached == Double(given.chances.count) / 5)
            #expect(isClose(band.wasted.estimate, band.reached - band.right.estimate))
            let bands = curve.bands(atShares: [0, 1, 0.2], resamples: 400, seed: 1, threads: 2)
            #expect(bands[2] == band)
            #expect(bands[0].profit == Interval(estimate: 0, lower: 0, upper: 0))
            let scaled = curve.bands(atShares: [0.2], scale: 3, resamples: 400, seed: 1)[0]
            #expect(isClose(scaled.profit.upper, 3 * band.profit.upper))
            return (band.profit.upper - band.profit.lower) / Double(given.chances.count)
        }
        #expect(abs(width(small) / width(large) - 4) < 1.2)
        var covered = 0
        for seed in 10..<110 as Range<UInt64> {
            let given = window(300, seed: seed)
            let curve = ProfitCurve(
                chances: given.chances, leaving: given.outcomes, values: given.values, terms: terms)
            let truth = ProfitCurve(chances: given.chances, leaving: given.chances, values: given.values, terms: terms)
            let band = curve.bands(atShares: [1], resamples: 200, seed: seed)[0].right
            covered += band.lower <= truth.points[300].right && truth.points[300].right <= band.upper ? 1 : 0
        }
        #expect(covered >= 90)
    }
}

@Suite("Uplift against the hold-out")
struct UpliftTests {
    let reference = ModelsReference.shared

    @Test("Newcombe's interval, with the example of his paper")
    func intervals() {
        for given in reference.differences {
            let found = Uplift(
                treated: (given.treated[0], given.treated[1]), held: (given.held[0], given.held[1]))
            #expect(isClose(found.difference.estimate, given.difference))
            #expect(isClose([found.difference.lower, found.difference.upper], [given.lower, given.upper]))
        }
        let paper = Uplift(treated: (56, 70), held: (48, 80))
        #expect(abs(paper.difference.lower - 0.0524) < 5e-5 && abs(paper.difference.upper - 0.3339) < 5e-5)
        #expect(paper.isClear && isClose(paper.additional.estimate, 14))
        let nobody = Uplift(treated: (5, 10), held: (0, 0))
        #expect(!nobody.isClear && nobody.difference.lower >= -1 && nobody.difference.upper <= 1)
    }

    @Test("people needed, and back to the smallest uplift so many can show")
    func sampleSizes() throws {
        for given in reference.sample_sizes {
            let plan = UpliftPlan(base: given.base, heldShare: given.share, power: given.power)
            let people = try #require(plan.people(toShow: given.lift))
            #expect(people == Int(given.total.rounded(.up)))
            guard given.lift > 0 else { continue }
            let smallest = try #require(plan.smallestUplift(people: people))
            #expect(smallest <= given.lift && smallest > given.lift * 0.999)
        }
        let plan = UpliftPlan(base: 0.3, heldShare: 0.1)
        #expect(plan.people(toShow: 0) == nil && plan.people(toShow: 0.8) == nil && plan.people(toShow: .nan) == nil)
        #expect(plan.smallestUplift(people: 3) == nil && plan.smallestUplift(people: -1) == nil)
    }

    @Test("quantiles of the normal distribution")
    func quantiles() {
        for given in reference.normal_quantiles { #expect(isClose(normalQuantile(given.p), given.z, within: 1e-9)) }
        #expect(normalQuantile(0).isFinite && normalQuantile(1).isFinite && normalQuantile(.nan) == 0)
    }
}

@Suite("The smallest change that moves a band")
struct ChangeSearchTests {
    let given = ModelsReference.shared.boosting

    @Test("logistic: the target is reached, and a little less would not do")
    func logistic() throws {
        let x = given.x.matrix
        let model = LogisticRegression.fit(x, given.y)
        let space = ChangeSpace(observed: x, columns: [0, 1, 2, 3], whole: [2])
        let row = x.row(0)
        let now = model.logits(Matrix(rows: 1, columns: 4, values: row))[0]
        for target in [LogitTarget.below(now - 0.2), .atLeast(now + 0.2)] {
            let changes = model.changes(of: row, to: target, within: space)
            #expect(changes.count >= 2)
            #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.distance <= $1.distance })
            for change in changes {
                #expect(target.isMet(by: logit(model.logits, row, change.column, change.to)))
                let step = change.column == 2 ? 1 : (change.to - change.from) * 1e-6
                let short = change.to - (change.to > change.from ? abs(step) : -abs(step))
                #expect(!target.isMet(by: logit(model.logits, row, change.column, short)))
            }
        }
        #expect(model.changes(of: row, to: .atLeast(now - 1), within: space).isEmpty)
        #expect(model.changes(of: row, to: .atLeast(now + 1e9), within: space).isEmpty)
    }

    @Test("trees: no nearer value of a fine grid reaches the target", arguments: [0, 3, 17, 40])
    func trees(start: Int) throws {
        let x = given.x.matrix
        let model = try BoostedTrees(xgboostJSON: Array(given.fits[0].model.utf8))
        let space = ChangeSpace(observed: x, columns: [0, 1, 2, 3], whole: [2])
        let row = x.row(start)
        let now = logit(model.logits, row, 0, row[0])
        for target in [LogitTarget.below(now - 0.3), .atLeast(now + 0.3)] {
            let changes = model.changes(of: row, to: target, within: space)
            for axis in space.axes {
                let change = changes.first { $0.column == axis.column }
                if let change {
                    #expect(target.isMet(by: logit(model.logits, row, change.column, change.to)))
                    #expect(axis.range.contains(change.to))
                }
                let reach = change.map { abs($0.to - $0.from) } ?? .infinity
                let step = axis.isWhole ? 1 : (axis.range.upperBound - axis.range.lowerBound) / 2000
                for value in stride(from: axis.range.lowerBound, through: axis.range.upperBound, by: step) {
                    guard abs(value - row[axis.column]) < reach else { continue }
                    #expect(!target.isMet(by: logit(model.logits, row, axis.column, value)))
                }
            }
        }
    }

    @Test("where a side is given, the answer is the nearest one on it", arguments: [0, 3, 17, 40])
    func sides(start: Int) throws {
        let x = given.x.matrix
        let model = try BoostedTrees(xgboostJSON: Array(given.fits[0].model.utf8))
        let sides: [Int: ChangeSpace.Side] = [0: .left, 1: .right, 2: .left, 3: .right]
        let space = ChangeSpace(observed: x, columns: [0, 1, 2, 3], falling: sides)
        let row = x.row(start)
        let now = logit(model.logits, row, 0, row[0])
        for (target, falls) in [(LogitTarget.below(now - 0.3), true), (.atLeast(now + 0.3), false)] {
            let changes = model.changes(of: row, to: target, within: space)
            for axis in space.axes {
                let isLeft = (sides[axis.column] == .left) == falls
                let change = changes.first { $0.column == axis.column }
                if let change {
                    #expect((change.to < change.from) == isLeft)
                    #expect(target.isMet(by: logit(model.logits, row, change.column, change.to)))
                }
                let own = row[axis.column]
                let reach = change.map { abs($0.to - own) } ?? .infinity
                let step = (axis.range.upperBound - axis.range.lowerBound) / 2000
                for value in stride(from: axis.range.lowerBound, through: axis.range.upperBound, by: step) {
                    guard (value < own) == isLeft, abs(value - own) < reach else { continue }
                    #expect(!target.isMet(by: logit(model.logits, row, axis.column, value)))
                }
            }
        }
        let line = LogisticModel(weights: [1, -1], intercept: 0, converged: true, iterations: 0)
        let axes = [0, 1].map { ChangeSpace.Axis(column: $0, range: -9...9, scale: 1, falling: .left) }
        #expect(line.changes(of: [1, 1], to: .below(-1), within: ChangeSpace(axes: axes)).map(\.column) == [0])
        #expect(line.changes(of: [1, 1], to: .atLeast(1), within: ChangeSpace(axes: axes)).map(\.column) == [0])
    }

    private func logit(_ model: (Matrix) -> [Double], _ row: [Double], _ column: Int, _ value: Double) -> Double {
        var changed = row
        changed[column] = value
        return model(Matrix(rows: 1, columns: row.count, values: changed))[0]
    }

    private func logit(
        _ model: (Matrix, Int) -> [Double], _ row: [Double], _ column: Int, _ value: Double
    ) -> Double {
        logit({ model($0, 1) }, row, column, value)
    }
}
