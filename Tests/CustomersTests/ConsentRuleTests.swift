import Customers
import Foundation
import Testing

@Suite("The read rule of the consent ledger")
struct ConsentRuleTests {
    static let now = Date(timeIntervalSince1970: 1_000_000)

    static func entry(
        _ state: ConsentState, at: Double?, until: Double? = nil, purpose: Purpose = .marketingAnalytics,
        basis: ConsentBasis = .consent
    ) -> ConsentRule.Entry {
        ConsentRule.Entry(
            purpose: purpose, basis: basis, state: state, collectedAt: at.map { Date(timeIntervalSince1970: $0) },
            expiresAt: until.map { Date(timeIntervalSince1970: $0) })
    }

    static let table: [(name: String, entries: [ConsentRule.Entry], expected: ConsentStanding)] = [
        ("nothing known", [], .missing),
        ("granted without an end", [entry(.granted, at: 10)], .granted),
        ("granted and not yet over", [entry(.granted, at: 10, until: 1_000_001)], .granted),
        ("over at this very moment", [entry(.granted, at: 10, until: 1_000_000)], .expired),
        ("over yesterday", [entry(.granted, at: 10, until: 900_000)], .expired),
        ("denied", [entry(.denied, at: 10)], .withdrawn),
        ("withdrawn after granted", [entry(.granted, at: 10), entry(.withdrawn, at: 20)], .withdrawn),
        ("granted again after withdrawn", [entry(.withdrawn, at: 10), entry(.granted, at: 20)], .granted),
        ("both at once: the no wins", [entry(.granted, at: 10), entry(.withdrawn, at: 10)], .withdrawn),
        ("a no of unknown time beats a later yes", [entry(.denied, at: nil), entry(.granted, at: 999)], .withdrawn),
        ("a yes of unknown time is the oldest", [entry(.granted, at: nil), entry(.withdrawn, at: 1)], .withdrawn),
        ("a yes of unknown time alone counts", [entry(.granted, at: nil)], .granted),
        ("marked expired", [entry(.granted, at: 10), entry(.expired, at: 20)], .expired),
        ("for another purpose only", [entry(.granted, at: 10, purpose: .emailMarketing)], .otherPurpose),
        (
            "withdrawn elsewhere does not matter",
            [entry(.withdrawn, at: 20, purpose: .emailMarketing), entry(.granted, at: 10)], .granted
        ),
        (
            "an objection to legitimate interest",
            [
                entry(.granted, at: 10, basis: .legitimateInterest),
                entry(.withdrawn, at: 20, basis: .legitimateInterest),
            ],
            .objection
        ),
        ("what is said in the future does not hold yet", [entry(.granted, at: 2_000_000)], .otherPurpose),
        (
            "a renewal counts over the old one",
            [entry(.granted, at: 10, until: 500), entry(.granted, at: 400, until: 2_000_000)],
            .granted
        ),
    ]

    @Test("each case of the table, in any order of entries", arguments: table.indices)
    func rule(index: Int) {
        let row = Self.table[index]
        for entries in [row.entries, row.entries.reversed()] {
            let verdict = ConsentRule.verdict(entries, purpose: .marketingAnalytics, at: Self.now)
            #expect(verdict.standing == row.expected, "\(row.name)")
        }
    }

    @Test("a stored verdict runs out by itself")
    func aging() {
        let verdict = ConsentVerdict(.granted, until: Date(timeIntervalSince1970: 100))
        #expect(verdict.standing(at: Date(timeIntervalSince1970: 99)) == .granted)
        #expect(verdict.standing(at: Date(timeIntervalSince1970: 100)) == .expired)
    }
}
