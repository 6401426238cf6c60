import Customers

/// The counts stored with a run; the component of the same name in the page kit only shows them.
typealias ConsentTally = ConsentCounts

/// Those counts on their way to the page kit.
struct ConsentFigures: Sendable {
    let loaded: Int
    let used: Int
    let missing: Int
    let expired: Int
    let purpose: Int
    let withdrawn: Int
    let objection: Int

    init(_ tally: ConsentTally) {
        loaded = tally.loaded
        used = tally.used
        missing = tally.excludedMissing
        expired = tally.excludedExpired
        purpose = tally.excludedPurpose
        withdrawn = tally.excludedWithdrawn
        objection = tally.excludedObjection
    }
}
