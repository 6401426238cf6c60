import Foundation
import Learning

/// BG/NBD as a churn model: the chance of no order within the horizon.
public struct LifetimeModel: Sendable, Codable, Equatable {
    public let model: BGNBD
    public let days: Int
    /// Days since the last order, repeats and days as a customer of the middle customer it was fitted on: what reasons
    /// are told against.
    public let reference: [Double]

    /// What it knows of a customer, in the order of `inputs(_:)`.
    static let features: [Feature] = [.recencyDays, .orderCount, .tenureDays]

    /// Customers it is fitted on at most; its four numbers do not need more.
    static let mostCustomers = 20_000

    /// - Parameter histories: of everybody who has ordered, the quiet ones included: leaving them out would hide that
    ///   people leave.
    static func fit(_ histories: [PurchaseHistory], days: Int) -> LifetimeModel? {
        let model = BGNBD.fit(histories, penalty: 1e-6)
        guard model.converged else { return nil }
        let columns = histories.map(inputs)
        let reference = (0..<3).map { input in median(columns.map { $0[input] }) }
        return LifetimeModel(model: model, days: days, reference: reference)
    }

    /// Log-odds of no order.
    func logit(_ history: PurchaseHistory) -> Double {
        let silence = model.silenceProbability(history, within: Double(days))
        return Learning.logit(min(max(silence, 1e-12), 1 - 1e-12))
    }

    static func inputs(_ history: PurchaseHistory) -> [Double] {
        [history.age - history.recency, Double(history.repeats), history.age]
    }

    static func history(_ inputs: [Double]) -> PurchaseHistory {
        PurchaseHistory(
            repeats: Int(inputs[1].rounded()), recency: inputs[2] - inputs[0], age: max(inputs[2], inputs[0]))
    }

    /// The log-odds of the middle customer, and what each input adds to it.
    func parts(_ history: PurchaseHistory) -> [Double] {
        exactParts(of: Self.inputs(history), reference: reference) { logit(Self.history($0)) } ?? [0, 0, 0]
    }

    var base: Double { logit(Self.history(reference)) }
}
