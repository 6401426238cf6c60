import Customers
import Foundation
import Learning

/// What a demo customer has said about the use of their data: mostly yes, with every gap that a real shop has.
enum DemoConsent: String, Sendable, CaseIterable {
    case granted, missing, expired, withdrawn, otherPurpose, objected

    static func draw(_ random: inout SeededGenerator) -> DemoConsent {
        switch random.unit() {
        case ..<0.84: .granted
        case ..<0.91: .missing
        case ..<0.94: .expired
        case ..<0.97: .withdrawn
        case ..<0.99: .otherPurpose
        default: .objected
        }
    }

    /// The entries of the ledger.
    ///
    /// - Parameters:
    ///   - joined: when the customer signed up or first ordered.
    ///   - present: nothing is said later than this.
    func entries(
        for customer: String, joined: Date, present: Date, _ random: inout SeededGenerator
    ) -> [ConsentInput] {
        let age = present.timeIntervalSince(joined)
        let later = joined.addingTimeInterval(age * random.uniform(in: 0.3...0.95))
        func entry(
            _ purpose: Purpose, _ state: ConsentState = .granted, basis: ConsentBasis = .consent, at date: Date,
            until: Date? = nil
        ) -> ConsentInput {
            ConsentInput(
                customerExternalID: customer, purpose: purpose, basis: basis, state: state, collectedAt: date,
                expiresAt: until, wordingVersion: "demo-1", source: "form")
        }
        let threeYears = joined.addingTimeInterval(3 * 365 * 86_400)
        switch self {
        case .missing: return []
        case .granted:
            let analytics = entry(.marketingAnalytics, at: joined, until: threeYears)
            guard random.unit() < 0.7 else { return [analytics] }
            return [analytics, entry(.emailMarketing, at: joined, until: threeYears)]
        case .expired:
            return [entry(.marketingAnalytics, at: joined, until: joined.addingTimeInterval(age * 0.8))]
        case .withdrawn:
            return [
                entry(.marketingAnalytics, at: joined, until: threeYears),
                entry(.marketingAnalytics, .withdrawn, at: later),
            ]
        case .otherPurpose: return [entry(.emailMarketing, at: joined, until: threeYears)]
        case .objected:
            return [
                entry(.marketingAnalytics, basis: .legitimateInterest, at: joined),
                entry(.marketingAnalytics, .withdrawn, basis: .legitimateInterest, at: later),
            ]
        }
    }
}
