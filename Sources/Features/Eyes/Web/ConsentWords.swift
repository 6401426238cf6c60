import Web

/// The page kit's component for consent counts.
typealias ConsentWords = ConsentCounts

extension ConsentWords {
    init(tally: ConsentTally) {
        self.init(
            loaded: tally.loaded, used: tally.used, missing: tally.excludedMissing, expired: tally.excludedExpired,
            purpose: tally.excludedPurpose, withdrawn: tally.excludedWithdrawn, objection: tally.excludedObjection)
    }
}
