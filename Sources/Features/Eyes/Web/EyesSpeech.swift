import Foundation
import Learning
import Web

/// Says what the model means, in the reader's language: names, reasons, features, gates.
struct EyesSpeech: Sendable {
    let words: Localizer
    private(set) var currency: String
    /// Whether any order's amount is known.
    private(set) var hasAmounts = true
    /// Speaks of activity where an organization has no orders.
    var isOfEngagement = false

    init(_ words: Localizer, currency: String) {
        self.words = words
        self.currency = currency
    }

    func t(_ key: String, _ arguments: [String: String] = [:]) -> String { words.t(path(key), arguments) }

    /// With the wording for one or for several.
    func t(_ key: String, count: Int, _ arguments: [String: String] = [:]) -> String {
        words.t(path(key), count: count, arguments)
    }

    /// The key in the catalogue; what is said of orders has a second wording for activity.
    private func path(_ key: String) -> String {
        isOfEngagement && words.has("eyes.of_activity." + key) ? "eyes.of_activity." + key : "eyes." + key
    }

    /// The same voice for what a run found, in the currency it was found in.
    func of(_ run: StoredRun?) -> EyesSpeech {
        var voice = self
        if let currency = run?.currency { voice.currency = currency }
        voice.hasAmounts = run?.hasAmounts ?? true
        voice.isOfEngagement = run?.result.isOfEngagement ?? false
        return voice
    }

    // MARK: Segments

    func name(_ name: SegmentName) -> String {
        if let given = name.given { return given }
        let base = t("segment_name.\(name.key)")
        if let suffix = name.suffix, let direction = name.suffixDirection {
            return t("name_with", ["name": base, "suffix": t("suffix.\(suffix.rawValue).\(direction.rawValue)")])
        }
        if let number = name.number { return base + " " + words.number(number) }
        return base
    }

    /// "last order 61 days ago, others 24".
    func difference(_ top: TopFeature) -> String {
        t(
            "difference.\(top.feature.rawValue)",
            ["own": figure(top.own, top.feature.unit), "others": figure(top.others, top.feature.unit)])
    }

    func feature(_ feature: Feature) -> String { t("feature.\(feature.rawValue)") }

    /// The same within a sentence.
    func featureInside(_ feature: Feature) -> String {
        let name = self.feature(feature)
        return name.prefix(1).lowercased() + name.dropFirst()
    }

    // MARK: Reasons

    func phrase(_ phrase: Phrase) -> String {
        var arguments: [String: String] = [:]
        for argument in phrase.arguments {
            arguments[argument.name] =
                argument.kind == .money ? money(Int64(argument.value)) : figure(argument.value, argument.kind)
        }
        // The first figure decides between “day” and “days”.
        let count = phrase.arguments.first.map { Int($0.value.rounded()) } ?? 0
        return t("words.\(phrase.key)", count: count, arguments)
    }

    /// "+0.84" log-odds.
    func part(_ value: Double) -> String {
        words.signed(value, digits: 2)
    }

    // MARK: Changes

    /// "+6 points" of a hundred since the run before.
    func points(_ change: ScoreChange) -> String {
        guard let difference = change.difference else { return "\u{2013}" }
        let points = Int((difference * 100).rounded())
        let sign = points == 0 ? "\u{00B1}" : points > 0 ? "+" : "\u{2212}"
        return words.t("eyes.change.points", count: abs(points), ["points": sign + words.number(abs(points))])
    }

    /// "was Medium".
    func was(_ level: RiskLevel) -> String {
        t("change.was", ["band": words.t("shell.band.\(level.rawValue)").lowercased()])
    }

    /// The smallest single change that would move the band, in a sentence.
    func sentence(_ change: BandChange) -> String {
        t(
            "change.band",
            [
                "feature": featureInside(change.feature), "from": figure(change.from, change.feature.unit),
                "to": figure(change.to, change.feature.unit),
                "band": words.t("shell.band.\(change.level.rawValue)").lowercased(),
            ])
    }

    // MARK: Figures

    func percent(_ share: Double, digits: Int = 0) -> String { words.percent(share, digits: digits) }

    func money(_ minor: Int64) -> String { words.money(minor, currency, decimals: abs(minor) < 100_000) }

    /// What orders came to, as part of a sentence.
    func spend(_ minor: Int64) -> String { hasAmounts ? money(minor) : t("amount_unknown") }

    /// The same in a table.
    func spendCell(_ minor: Int64?) -> TableCell { minor.flatMap { hasAmounts ? .money(money($0)) : nil } ?? .none }

    /// A value in natural units; money in whole units of the currency.
    func figure(_ value: Double, _ kind: Phrase.Argument.Kind) -> String {
        switch kind {
        case .days: words.number(Int(value.rounded()))
        case .count: words.number(value, digits: value < 10 && value != value.rounded() ? 1 : 0)
        case .money: money(Int64((value * CurrencyDigits.minorPerUnit(currency)).rounded()))
        case .ratio: words.number(value, digits: 2)
        case .percent: words.percent(value, digits: 0)
        }
    }

    /// Three digits, as areas under curves are written.
    func auc(_ value: Double) -> String { words.number(value, digits: 3) }

    func interval(_ lower: Double, _ upper: Double) -> String { "\(auc(lower))\u{2013}\(auc(upper))" }

    // MARK: States

    func gate(_ state: HorizonState) -> GateState {
        switch state {
        case .accepted: .accepted
        case .provisional: .provisional
        case .rejected: .rejected
        case .fallback: .fallback
        case .notEnoughData: .notEnoughData
        }
    }

    func gate(_ state: ClusterReport.State) -> GateState {
        switch state {
        case .accepted: .accepted
        case .tiers: .tiers
        case .notEnoughData: .notEnoughData
        }
    }

    func band(_ level: RiskLevel) -> RiskBand {
        switch level {
        case .high: .high
        case .medium: .medium
        case .low: .low
        }
    }

    func days(_ horizon: Horizon) -> String { words.number(horizon.days) }

    /// The name of a job's stage; a job that waits has none yet.
    func stage(_ stage: String) -> String { t("stage.\(stage.isEmpty ? "waiting" : stage)") }

    /// What a horizon's state means, in a sentence with its figures (07 §6a).
    func sentence(_ report: HorizonReport, asOf: (Int) -> String) -> String {
        if report.state == .notEnoughData { return needs(report.needs) }
        var arguments: [String: String] = ["days": days(report.horizon), "date": ""]
        if let serving = report.serving { arguments["date"] = asOf(serving.asOf) }
        if let card = report.card {
            arguments["auc"] = auc(card.auc.estimate)
            arguments["interval"] = interval(card.auc.lower, card.auc.upper)
            arguments["baseline"] = auc(card.recencyOnly.estimate)
        }
        if report.state == .provisional, let card = report.card, card.auc.lower >= ChurnGate.auc {
            return t("state.provisional_baseline", arguments)
        }
        let sentence = t("state.\(report.state.rawValue)", arguments)
        guard report.state == .rejected || report.state == .fallback, report.card != nil else { return sentence }
        return sentence + " " + t("state.failed_by", arguments)
    }

    /// "Not enough data: 412 of 500 buyers, 96 of 180 days."
    func needs(_ needs: [DataNeed]) -> String {
        let missing = needs.filter { !$0.isMet }.map { need in
            t("need_of.\(need.key)", ["have": words.number(need.have), "need": words.number(need.need)])
        }
        return t("state.not_enough_data", ["needs": missing.joined(separator: ", ")])
    }

    /// "Good enough to act on at 60 and 90 days, provisional at 30."
    func verdict(_ horizons: [HorizonReport]) -> String {
        let order: [HorizonState] = [.accepted, .provisional, .rejected, .fallback, .notEnoughData]
        let parts = order.compactMap { state -> String? in
            let days = horizons.filter { $0.state == state }.map { self.days($0.horizon) }
            return days.isEmpty ? nil : t("verdict.\(state.rawValue)", ["days": list(days)])
        }
        let sentence = parts.joined(separator: ", ")
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
    }

    /// "30, 60 and 90".
    func list(_ items: [String]) -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return t("list", ["first": items.dropLast().joined(separator: ", "), "last": last])
    }
}
