import Web

/// Turns stored parts into reasons in the shop's words.
struct EyesReasons {
    let speech: EyesSpeech

    init(_ speech: EyesSpeech) { self.speech = speech }

    /// Top three raising, top one lowering, strongest first.
    static func told(_ score: HorizonScore, _ facts: ReasonFacts) -> [ScoreReason] {
        let all = zip(ReasonGroup.allCases, score.parts).map { group, part in
            ScoreReason(group: group, part: part, phrase: facts.phrase(group))
        }
        let raising = all.filter { $0.part > 0 }.sorted { $0.part > $1.part }.prefix(3)
        let lowering = all.filter { $0.part < 0 }.sorted { $0.part < $1.part }.prefix(1)
        return Array(raising) + Array(lowering)
    }

    /// Every part there is, strongest first: with the base they add up to the score.
    static func all(_ score: HorizonScore, _ facts: ReasonFacts) -> [ScoreReason] {
        zip(ReasonGroup.allCases, score.parts).filter { $0.1 != 0 }
            .map { ScoreReason(group: $0, part: $1, phrase: facts.phrase($0)) }
            .sorted { (-abs($0.part), $0.group.index) < (-abs($1.part), $1.group.index) }
    }

    /// Close lines for inside a table; a rule has one reason and no parts.
    func short(_ stored: StoredScore, _ score: HorizonScore) -> SafeHTML {
        guard score.probability != nil else { return .text(speech.phrase(stored.facts.phrase(.recency))) }
        return Reasons(reasons(stored, score), short: true).html(speech.words)
    }

    func full(_ stored: StoredScore, _ score: HorizonScore) -> SafeHTML {
        guard let probability = score.probability else {
            return .text(speech.phrase(stored.facts.phrase(.recency)))
        }
        var all = [Reason(speech.t("person.base"), part: score.base, text: speech.part(score.base))]
        all += Self.all(score, stored.facts).map(reason)
        if abs(score.adjustment) >= 0.005 {
            all.append(
                Reason(
                    speech.t("person.adjustment"), part: score.adjustment, text: speech.part(score.adjustment)))
        }
        return Reasons(all, score: speech.percent(probability)).html(speech.words)
    }

    private func reasons(_ stored: StoredScore, _ score: HorizonScore) -> [Reason] {
        Self.told(score, stored.facts).map(reason)
    }

    private func reason(_ reason: ScoreReason) -> Reason {
        Reason(speech.phrase(reason.phrase), part: reason.part, text: speech.part(reason.part))
    }
}
