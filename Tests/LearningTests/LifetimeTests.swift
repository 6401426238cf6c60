import Foundation
import Learning
import Testing

@Suite("BG/NBD on the CDNOW sample")
struct LifetimeTests {
    let reference = ModelsReference.shared.lifetime
    let sample = ModelsReference.sample
    var published: BGNBD { BGNBD(r: reference.r, alpha: reference.alpha, a: reference.a, b: reference.b) }

    @Test("the estimates are those that the authors published")
    func estimates() {
        #expect(sample.count == 2357)
        let fit = BGNBD.fit(sample)
        #expect(fit.converged)
        #expect(abs(fit.r - 0.243) < 0.0005 && abs(fit.alpha - 4.414) < 0.0005)
        #expect(abs(fit.a - 0.793) < 0.0005 && abs(fit.b - 2.426) < 0.0005)
        #expect(
            isClose(
                [fit.r, fit.alpha, fit.a, fit.b], [reference.r, reference.alpha, reference.a, reference.b], within: 1e-4
            ))
        #expect(abs(fit.logLikelihood(sample) - -9582.4) < 0.05)
        #expect(isClose(fit.logLikelihood(sample), reference.log_likelihood, within: 1e-9))
    }

    @Test("alive, expected purchases and silence per customer agree with the paper's formulas in scipy")
    func people() {
        for person in reference.people {
            #expect(isClose(published.aliveProbability(person.history), person.alive))
            for (time, expected) in zip([4.0, 39.0], person.expected) {
                #expect(isClose(published.expectedPurchases(person.history, within: time), expected, within: 1e-8))
            }
            for (time, expected) in zip([4.0, 13.0], person.silent) {
                #expect(isClose(published.silenceProbability(person.history, within: time), expected, within: 1e-8))
            }
        }
    }

    @Test("the unit of time, the order of rows and the number of threads change nothing that matters")
    func invariance() {
        let weeks = BGNBD.fit(sample)
        let days = BGNBD.fit(
            sample.reversed().map { PurchaseHistory(repeats: $0.repeats, recency: $0.recency * 7, age: $0.age * 7) })
        #expect(
            isClose([days.r, days.alpha / 7, days.a, days.b], [weeks.r, weeks.alpha, weeks.a, weeks.b], within: 1e-4))
        #expect(BGNBD.fit(sample, threads: 2) == weeks)
    }

    @Test("customers drawn from known parameters: they are found again, and silence is forecast as it happens")
    func simulated() {
        var generator = SeededGenerator(seed: 3)
        let truth = BGNBD(r: 1, alpha: 6, a: 1, b: 3)
        var histories: [PurchaseHistory] = []
        var silent = 0
        for _ in 0..<20_000 {
            // Gamma(1, 6), Beta(1, 3) and exponential waits by inversion.
            let rate = -log(1 - generator.unit()) / 6
            let leaving = 1 - pow(1 - generator.unit(), 1.0 / 3)
            var time = 0.0
            var last = 0.0
            var repeats = 0
            var later = 0
            var isAlive = true
            while isAlive {
                time += -log(1 - generator.unit()) / rate
                if time > 50 { break }
                if time <= 40 {
                    repeats += 1
                    last = time
                } else {
                    later += 1
                }
                isAlive = generator.unit() >= leaving
            }
            histories.append(PurchaseHistory(repeats: repeats, recency: last, age: 40))
            silent += later == 0 ? 1 : 0
        }
        let fit = BGNBD.fit(histories)
        #expect(fit.converged && abs(fit.r - 1) < 0.1 && abs(fit.alpha - 6) < 0.6)
        #expect(abs(fit.a - 1) < 0.25 && abs(fit.b - 3) < 0.8)
        let forecast = histories.reduce(0) { $0 + truth.silenceProbability($1, within: 10) }
        #expect(abs(forecast - Double(silent)) < 3 * (20_000 * 0.25).squareRoot())
    }

    @Test("where the likelihood only rises towards a limit, the fit gives up and says so")
    func noPeak() {
        var generator = SeededGenerator(seed: 2)
        let histories = (0..<20_000).map { _ in
            PurchaseHistory(
                repeats: generator.below(5), recency: generator.unit() * 300, age: 300 + generator.unit() * 100)
        }
        let fit = BGNBD.fit(histories)
        #expect(!fit.converged && allFinite([fit.r, fit.alpha, fit.a, fit.b]))
    }

    @Test("odd histories: no NaN, no model without repeat buyers")
    func odd() {
        #expect(!BGNBD.fit([]).converged)
        #expect(!BGNBD.fit([PurchaseHistory(repeats: 0, recency: 0, age: 30)]).converged)
        #expect(PurchaseHistory(repeats: -1, recency: 5, age: .nan) == PurchaseHistory(repeats: 0, recency: 0, age: 0))
        let same = BGNBD.fit([PurchaseHistory](repeating: PurchaseHistory(repeats: 3, recency: 20, age: 30), count: 50))
        #expect(allFinite([same.r, same.alpha, same.a, same.b]))
        for history in [(0, 0, 0), (0, 0, 5), (400, 10, 10), (1, 0, 900)].map({
            PurchaseHistory(repeats: $0.0, recency: Double($0.1), age: Double($0.2))
        }) {
            for time in [-1, 0, 1, 1e6] as [Double] {
                for model in [published, BGNBD(r: 0.3, alpha: 4, a: 1, b: 2), BGNBD(r: 0.3, alpha: 4, a: 0.4, b: 0.6)] {
                    #expect((0...1).contains(model.silenceProbability(history, within: time)))
                    #expect(model.expectedPurchases(history, within: time) >= 0)
                    #expect(model.expectedPurchases(history, within: time).isFinite)
                }
            }
        }
        let near = BGNBD(r: 0.3, alpha: 4, a: 1 + 1e-4, b: 2)
        let at = BGNBD(r: 0.3, alpha: 4, a: 1, b: 2)
        let history = PurchaseHistory(repeats: 2, recency: 20, age: 30)
        #expect(
            isClose(near.expectedPurchases(history, within: 9), at.expectedPurchases(history, within: 9), within: 1e-3))
    }
}
