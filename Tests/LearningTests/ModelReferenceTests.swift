import Foundation
import Learning
import Testing

@Suite("Models and scores against scikit-learn")
struct ModelReferenceTests {
    let reference = Reference.shared.models
    var x: Matrix { reference.x.matrix }

    @Test("logistic regression finds the same weights under weak and strong penalties")
    func logisticWeights() {
        for expected in reference.fits {
            let model = LogisticRegression.fit(x, reference.y, c: expected.c)
            #expect(model.converged)
            #expect(isClose(model.weights, expected.weights, within: 1e-6), "c = \(expected.c)")
            #expect(isClose(model.intercept, expected.intercept, within: 1e-6))
        }
        let model = LogisticRegression.fit(x, reference.y)
        #expect(isClose(model.probabilities(x), reference.probabilities, within: 1e-6))
    }

    @Test("AUC with and without ties, Brier score, log loss, the four ratios at 0.5")
    func scores() {
        let p = reference.probabilities
        #expect(isClose(rocAUC(scores: p, labels: reference.y) ?? 0, reference.auc))
        #expect(isClose(rocAUC(scores: reference.rounded, labels: reference.y) ?? 0, reference.auc_with_ties))
        #expect(isClose(brierScore(probabilities: p, labels: reference.y), reference.brier))
        #expect(isClose(logLoss(probabilities: p, labels: reference.y), reference.log_loss))
        let counts = confusion(probabilities: p, labels: reference.y)
        #expect(isClose(counts.precision, reference.precision))
        #expect(isClose(counts.recall, reference.recall))
        #expect(isClose(counts.f1, reference.f1))
        #expect(isClose(counts.accuracy, reference.accuracy))
    }

    @Test("Platt's scaling is a logistic fit on one column, up to its smoothed targets")
    func platt() {
        let scaling = PlattScaling.fit(logits: reference.probabilities, labels: reference.y)
        #expect(scaling.converged)
        #expect(isClose(scaling.a, reference.single.weight, within: 0.03))
        #expect(isClose(scaling.b, reference.single.intercept, within: 0.03))
        let mean = reference.probabilities.map { scaling.apply($0) }.reduce(0, +) / Double(reference.y.count)
        #expect(abs(mean - Double(reference.y.count { $0 }) / Double(reference.y.count)) < 0.005)
    }

    @Test("pool adjacent violators")
    func isotonic() {
        let given = reference.isotonic
        #expect(isClose(poolAdjacentViolators(given.values, weights: given.weights), given.fitted))
        #expect(poolAdjacentViolators([3, 2, 1]) == [2, 2, 2])
        #expect(poolAdjacentViolators([1, 2, 3]) == [1, 2, 3])
        #expect(poolAdjacentViolators([]).isEmpty)
    }

    @Test("z-score, robust and clipped scaling, quantiles")
    func scaling() {
        let given = Reference.shared.scaling
        let x = given.x.matrix
        #expect(isClose(Scaling.zScore.fit(x).apply(x).values, given.z.matrix.values))
        #expect(isClose(Scaling.robust.fit(x).apply(x).values, given.robust.matrix.values))
        #expect(isClose(Scaling.clippedZScore.fit(x).apply(x).values, given.clipped.matrix.values))
        let sorted = x.column(0).sorted()
        for expected in given.quantiles { #expect(isClose(quantile(sorted, expected.q), expected.value)) }
    }

    @Test("the bootstrap interval of AUC covers the estimate and narrows with more rows")
    func interval() throws {
        let p = reference.probabilities
        let found = try #require(aucInterval(scores: p, labels: reference.y, seed: 42))
        #expect(found.lower < found.estimate && found.estimate < found.upper)
        let fourfold = (0..<4).flatMap { _ in p }
        let labels = (0..<4).flatMap { _ in reference.y }
        let narrow = try #require(aucInterval(scores: fourfold, labels: labels, seed: 42))
        #expect(abs((found.upper - found.lower) / (narrow.upper - narrow.lower) - 2) < 0.3)
        let same = try #require(aucDifferenceInterval(p, p, labels: reference.y, seed: 42))
        #expect(same.lower == 0 && same.upper == 0)
        let noise = (0..<p.count).map { Double($0 * 7919 % 400) }
        let better = try #require(aucDifferenceInterval(p, noise, labels: reference.y, seed: 42))
        #expect(better.lower > 0)
    }

    @Test("DeLong's interval by hand, ties and all")
    func deLongByHand() throws {
        let found = try #require(
            deLongInterval(scores: [3, 2, 2, 1, 2, 2], labels: [true, true, true, false, false, false]))
        // Placements are 1, 2/3, 2/3 on either side: mean 7/9, variance 1/27, variance of the mean 1/81.
        let reach = 1.959964 * (2.0 / 81).squareRoot()
        #expect(isClose(found.estimate, 7.0 / 9) && found.upper == 1)
        #expect(isClose(found.lower, 7.0 / 9 - reach, within: 1e-6))
    }

    @Test("DeLong's intervals agree with the bootstrap, and do not change with the order of rows")
    func deLong() throws {
        let p = reference.probabilities
        let formula = try #require(deLongInterval(scores: p, labels: reference.y))
        let drawn = try #require(aucInterval(scores: p, labels: reference.y, resamples: 4_000, seed: 42, threads: 2))
        #expect(isClose(formula.estimate, reference.auc))
        let width = drawn.upper - drawn.lower
        #expect(abs(formula.lower - drawn.lower) < width / 10 && abs(formula.upper - drawn.upper) < width / 10)
        let noise = (0..<p.count).map { Double($0 * 7919 % 400) }
        let better = try #require(deLongDifference(p, noise, labels: reference.y))
        let drawnBetter = try #require(aucDifferenceInterval(p, noise, labels: reference.y, resamples: 4_000, seed: 1))
        #expect(abs(better.lower - drawnBetter.lower) < (drawnBetter.upper - drawnBetter.lower) / 10)
        let same = try #require(deLongDifference(p, p, labels: reference.y))
        #expect(same == Interval(estimate: 0, lower: 0, upper: 0))
        let turned = try #require(deLongInterval(scores: p.reversed(), labels: reference.y.reversed()))
        #expect(isClose(turned.lower, formula.lower) && turned.estimate == formula.estimate)
    }

    @Test("Wilson's interval by hand")
    func wilson() {
        let share = wilsonInterval(successes: 8, trials: 10)
        #expect(isClose(share.lower, 0.4901625, within: 1e-6) && isClose(share.upper, 0.9433178, within: 1e-6))
        #expect(wilsonInterval(successes: 0, trials: 0) == Interval(estimate: 0, lower: 0, upper: 1))
    }

    @Test("calibration bins and lift add up to the whole")
    func calibrationAndLift() {
        let p = reference.probabilities
        let bins = calibrationBins(probabilities: p, labels: reference.y)
        #expect(bins.count == 10 && bins.reduce(0) { $0 + $1.count } == p.count)
        #expect(zip(bins, bins.dropFirst()).allSatisfy { $0.to <= $1.from })
        let ties = calibrationBins(probabilities: [0.2, 0.2, 0.2, 0.7], labels: [true, false, false, true], bins: 4)
        #expect(ties.map(\.count) == [3, 1])
        #expect(expectedCalibrationError(probabilities: [0, 1], labels: [false, true]) == 0)
        #expect(expectedCalibrationError(probabilities: [1, 0], labels: [false, true]) == 1)
        let lift = liftTable(scores: p, labels: reference.y)
        #expect(lift.count == 10 && lift.reduce(0) { $0 + $1.count } == p.count)
        #expect(lift.last?.cumulativeGain == 1 && (lift.first?.lift ?? 0) > 1)
    }

    @Test("population stability: none against itself, large against a shifted population")
    func drift() {
        let values = gaussian(rows: 2000, columns: 1, seed: 5).values
        #expect(populationStabilityIndex(expected: values, actual: values) < 1e-3)
        #expect(populationStabilityIndex(expected: values, actual: values.map { $0 + 1 }) > 0.2)
        let other = gaussian(rows: 2000, columns: 1, seed: 6).values
        #expect(populationStabilityIndex(expected: values, actual: other) < 0.1)
        #expect(populationStabilityIndex(expected: [1, 1, 1], actual: [2, 2]).isFinite)
    }
}
