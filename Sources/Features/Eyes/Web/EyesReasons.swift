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

    /// Close lines for inside a table; a rule has one reason and no parts.
    func short(_ stored: StoredScore, _ score: HorizonScore) -> SafeHTML {
        guard score.probability != nil else { return .text(speech.phrase(stored.facts.phrase(.recency))) }
        return Reasons(reasons(stored, score), short: true).html(speech.words)
    }

    func full(_ stored: StoredScore, _ score: HorizonScore) -> SafeHTML {
        guard let probability = score.probability else {
            return .text(speech.phrase(stored.facts.phrase(.recency)))
        }
        return Reasons(reasons(stored, score), score: speech.percent(probability)).html(speech.words)
    }

    private func reasons(_ stored: StoredScore, _ score: HorizonScore) -> [Reason] {
        Self.told(score, stored.facts).map {
            Reason(speech.phrase($0.phrase), part: $0.part, text: speech.part($0.part))
        }
    }
}
