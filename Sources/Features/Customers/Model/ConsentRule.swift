import Foundation

/// Where a person stands for one purpose at one moment.
public enum ConsentStanding: String, Sendable, Codable, CaseIterable {
    case granted, missing, expired
    /// There are entries, but none for this purpose.
    case otherPurpose = "other_purpose"
    case withdrawn, objection
}

/// A standing with the end of its validity, if it has one.
public struct ConsentVerdict: Sendable, Equatable {
    public var standing: ConsentStanding
    public var until: Date?

    public init(_ standing: ConsentStanding, until: Date? = nil) {
        self.standing = standing
        self.until = until
    }

    /// The standing at a later moment, when nothing but time has passed.
    public func standing(at now: Date) -> ConsentStanding {
        if standing == .granted, let until, until <= now { return .expired }
        return standing
    }
}

/// The read rule of the consent ledger (product 01 §15): the latest entry wins; an opt-out of unknown time beats an
/// opt-in; of two entries of the same time the opt-out wins; what is not plainly granted is excluded. An importer's
/// word on everybody in a file never overrules what a person has said, whichever came first.
public struct ConsentRule: Sendable {
    /// The part of an entry that the rule looks at.
    public struct Entry: Sendable, Equatable {
        public var purpose: Purpose
        public var basis: ConsentBasis
        public var state: ConsentState
        public var collectedAt: Date?
        public var expiresAt: Date?
        /// Said of everybody at once, not by the person.
        public var isBlanket: Bool

        public init(
            purpose: Purpose, basis: ConsentBasis, state: ConsentState, collectedAt: Date?, expiresAt: Date?,
            isBlanket: Bool = false
        ) {
            self.isBlanket = isBlanket
            self.purpose = purpose
            self.basis = basis
            self.state = state
            self.collectedAt = collectedAt
            self.expiresAt = expiresAt
        }
    }

    private let purpose: Purpose
    private let now: Date
    private var sawAny = false
    /// The best of what the person said, and of what was said of everybody.
    private var own: Entry?
    private var blanket: Entry?

    public init(purpose: Purpose, at now: Date) {
        self.purpose = purpose
        self.now = now
    }

    /// Takes one entry of the person; the order does not matter.
    public mutating func add(_ entry: Entry) {
        sawAny = true
        guard entry.purpose == purpose else { return }
        if let time = entry.collectedAt, time > now { return }
        if entry.isBlanket {
            blanket = Self.better(entry, blanket)
        } else {
            own = Self.better(entry, own)
        }
    }

    private var best: Entry? {
        guard let own, let blanket else { return own ?? blanket }
        return Self.isOptOut(own) ? own : Self.better(blanket, own)
    }

    public var verdict: ConsentVerdict {
        guard let best else { return ConsentVerdict(sawAny ? .otherPurpose : .missing) }
        switch best.state {
        case .granted:
            if let until = best.expiresAt, until <= now { return ConsentVerdict(.expired, until: until) }
            return ConsentVerdict(.granted, until: best.expiresAt)
        case .expired: return ConsentVerdict(.expired, until: best.expiresAt)
        case .denied: return ConsentVerdict(.withdrawn)
        case .withdrawn:
            return ConsentVerdict(best.basis == .legitimateInterest ? .objection : .withdrawn)
        }
    }

    public static func verdict(
        _ entries: some Sequence<Entry>, purpose: Purpose, at now: Date
    ) -> ConsentVerdict {
        var rule = ConsentRule(purpose: purpose, at: now)
        for entry in entries { rule.add(entry) }
        return rule.verdict
    }

    /// An unknown time is the far future for a no and the far past for a yes.
    private static func rank(_ entry: Entry) -> Date {
        entry.collectedAt ?? (isOptOut(entry) ? .distantFuture : .distantPast)
    }

    private static func isOptOut(_ entry: Entry) -> Bool { entry.state == .denied || entry.state == .withdrawn }

    private static func better(_ new: Entry, _ old: Entry?) -> Entry {
        guard let old else { return new }
        return outranks(new, old) ? new : old
    }

    private static func outranks(_ new: Entry, _ old: Entry) -> Bool {
        let (newRank, oldRank) = (rank(new), rank(old))
        if newRank != oldRank { return newRank > oldRank }
        if isOptOut(new) != isOptOut(old) { return isOptOut(new) }
        return (new.expiresAt ?? .distantFuture) > (old.expiresAt ?? .distantFuture)
    }
}

extension ConsentRecord {
    public var ruleEntry: ConsentRule.Entry {
        ConsentRule.Entry(
            purpose: purpose, basis: basis, state: state, collectedAt: collectedAt, expiresAt: expiresAt,
            isBlanket: isBlanket)
    }
}
