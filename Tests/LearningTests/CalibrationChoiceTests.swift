import Foundation
import Learning
import Testing

@Suite("Choice of a calibration")
struct CalibrationChoiceTests {
    @Test("steps agree with scikit-learn's isotonic regression, ties pooled, ends held")
    func isotonic() throws {
        let given = ModelsReference.shared.isotonic
        let fit = try #require(IsotonicCalibration.fit(scores: given.scores, labels: given.labels))
        // Within the first and the last step both differ on purpose: there one outcome only was seen.
        let inner = fit.values[0] - 1e-9...0.95
        let compared = zip(given.at, given.fitted).filter { inner.contains($0.1) }
        #expect(compared.count > 35)
        for (score, expected) in compared { #expect(isClose(fit.apply(score), expected)) }
        #expect(zip(fit.values, fit.values.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(fit.values.allSatisfy { $0 > 0 && $0 < 1 })
        var generator = SeededGenerator(seed: 1)
        let order = generator.shuffled(Array(given.scores.indices))
        #expect(
            IsotonicCalibration.fit(scores: order.map { given.scores[$0] }, labels: order.map { given.labels[$0] })
                == fit)
    }

    @Test("a step that knows one outcome only claims no certainty")
    func noCertainty() throws {
        let fit = try #require(
            IsotonicCalibration.fit(scores: [1, 2, 3, 4, 5, 6], labels: [false, false, false, true, true, true]))
        #expect(fit.apply(0) == 0.2 && fit.apply(9) == 0.8)
        #expect(fit.apply(3.5) == 0.5)
        #expect(fit.apply(.nan) == 0.2)
        #expect(IsotonicCalibration.fit(scores: [1, 2], labels: [true, true]) == nil)
        #expect(IsotonicCalibration.fit(scores: [1], labels: [true, false]) == nil)
    }

    private func drawn(_ rows: Int, seed: UInt64, truth: (Double) -> Double) -> (logits: [Double], labels: [Bool]) {
        var generator = SeededGenerator(seed: seed)
        let logits = (0..<rows).map { _ in generator.normal() * 2 }
        return (logits, logits.map { generator.unit() < truth($0) })
    }

    @Test("Platt's two numbers where the truth is a sigmoid, steps where it is not")
    func choice() throws {
        for seed in 0..<5 as Range<UInt64> {
            let smooth = drawn(3000, seed: seed) { sigmoid(0.7 * $0 - 0.4) }
            let plain = try #require(CalibrationChoice.make(logits: smooth.logits, labels: smooth.labels, seed: seed))
            #expect(plain.calibrator.method == .platt && plain.candidates.map(\.method) == [.platt, .isotonic])
            let bent = drawn(3000, seed: seed) { $0 < 0 ? 0.1 : $0 < 1.5 ? 0.35 : 0.95 }
            let steps = try #require(CalibrationChoice.make(logits: bent.logits, labels: bent.labels, seed: seed))
            #expect(steps.calibrator.method == .isotonic)
            #expect(steps.candidates[1].brier < steps.candidates[0].brier)
            #expect(steps.candidates[1].calibrationError < 0.03)
        }
    }

    @Test("a band's edge in probability is found in raw log-odds")
    func edge() throws {
        let platt = Calibrator.platt(PlattScaling(a: 0.7, b: -0.4))
        let given = drawn(600, seed: 2) { sigmoid($0) }
        let steps = try #require(Calibrator.fit(.isotonic, logits: given.logits, labels: given.labels))
        for calibrator in [platt, steps] {
            for probability in [0.3, 0.5, 0.7] {
                let raw = try #require(calibrator.rawLogit(reaching: probability))
                #expect(calibrator.probability(raw + 1e-9) >= probability - 1e-9)
                #expect(calibrator.probability(raw - 1e-6) < probability)
            }
            #expect(calibrator.rawLogit(reaching: 0) == -.infinity && calibrator.rawLogit(reaching: 1) == nil)
        }
        #expect(Calibrator.platt(PlattScaling(a: -1, b: 0)).rawLogit(reaching: 0.5) == nil)
    }

    @Test("seeded, stored and read back; without two outcomes there is none")
    func edges() throws {
        let given = drawn(400, seed: 7) { sigmoid($0) }
        let one = try #require(CalibrationChoice.make(logits: given.logits, labels: given.labels, seed: 3))
        #expect(one == CalibrationChoice.make(logits: given.logits, labels: given.labels, seed: 3))
        let stored = try JSONEncoder().encode(one.calibrator)
        #expect(try JSONDecoder().decode(Calibrator.self, from: stored) == one.calibrator)
        #expect(CalibrationChoice.make(logits: [1, 2], labels: [true, true], seed: 1) == nil)
        #expect(CalibrationChoice.make(logits: [], labels: [], seed: 1) == nil)
        #expect(CalibrationChoice.make(logits: [1], labels: [], seed: 1) == nil)
    }
}
