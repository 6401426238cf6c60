import Customers
import Foundation
import Learning
import Web

/// Something worth doing, said by a rule, with the figures it rests on.
struct Recommendation: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        case noEvents = "no_events"
        case oneChannel = "one_channel"
        case consent
        case drift
        case overestimate, underestimate
        case moreCustomers = "more_customers"
    }

    let kind: Kind
    /// By name in the sentence.
    let figures: [String: Figure]

    enum Figure: Sendable, Equatable {
        case count(Int)
        case share(Double)
        case ratio(Double)
        case feature(Feature)
        case days(Int)
    }

    static let mostOneChannel = 0.6
    static let mostWithoutConsent = 0.1

    static func all(_ run: StoredRun, _ cross: CrossPlatform?, _ outcomes: [Outcome]) -> [Recommendation] {
        [events(cross), channels(cross), consent(run)].compactMap(\.self) + [drift(run)].compactMap(\.self)
            + gates(run)
            + Horizon.allCases.compactMap { horizon in
                outcomes.first { $0.horizon == horizon }.flatMap(outcome)
            }
    }

    private static func events(_ cross: CrossPlatform?) -> Recommendation? {
        guard let cross, cross.orders > 0, cross.events == 0 else { return nil }
        return Recommendation(kind: .noEvents, figures: ["orders": .count(cross.orders), "events": .count(0)])
    }

    private static func channels(_ cross: CrossPlatform?) -> Recommendation? {
        guard let cross, cross.users > 0, cross.channels.count > 1 else { return nil }
        let share = Double(cross.singleChannelUsers) / Double(cross.users)
        guard share > mostOneChannel else { return nil }
        return Recommendation(
            kind: .oneChannel, figures: ["share": .share(share), "count": .count(cross.singleChannelUsers)])
    }

    private static func consent(_ run: StoredRun) -> Recommendation? {
        let (loaded, used) = (run.consent.loaded, run.consent.used)
        guard loaded > 0, Double(loaded - used) > mostWithoutConsent * Double(loaded) else { return nil }
        return Recommendation(
            kind: .consent,
            figures: [
                "count": .count(loaded - used), "all": .count(loaded),
                "share": .share(Double(loaded - used) / Double(loaded)),
            ])
    }

    private static func drift(_ run: StoredRun) -> Recommendation? {
        let worst = run.result.horizons.compactMap(\.card).flatMap(\.drift).max { $0.psi < $1.psi }
        guard let worst, worst.psi > FeatureDrift.warning else { return nil }
        return Recommendation(
            kind: .drift, figures: ["feature": .feature(worst.feature), "psi": .ratio(worst.psi)])
    }

    private static func gates(_ run: StoredRun) -> [Recommendation] {
        run.result.horizons.filter { $0.state == .provisional }.compactMap { report in
            guard let card = report.card, card.auc.lower < ChurnGate.auc else { return nil }
            return Recommendation(
                kind: .moreCustomers,
                figures: [
                    "days": .days(report.horizon.days), "lower": .ratio(card.auc.lower),
                    "rows": .count(card.classes.testRows),
                ])
        }
    }

    private static func outcome(_ outcome: Outcome) -> Recommendation? {
        guard !outcome.all.isAsPredicted else { return nil }
        let isOver = outcome.all.predicted > Double(outcome.all.left)
        return Recommendation(
            kind: isOver ? .overestimate : .underestimate,
            figures: [
                "days": .days(outcome.horizon.days), "predicted": .count(Int(outcome.all.predicted.rounded())),
                "left": .count(outcome.all.left),
            ])
    }
}

extension EyesSpeech {
    func recommendation(_ found: Recommendation) -> String {
        t(
            "recommendation.\(found.kind.rawValue)",
            found.figures.mapValues { figure in
                switch figure {
                case .count(let count), .days(let count): words.number(count)
                case .share(let share): percent(share)
                case .ratio(let ratio): words.number(ratio, digits: 2)
                case .feature(let feature): featureInside(feature)
                }
            })
    }
}
