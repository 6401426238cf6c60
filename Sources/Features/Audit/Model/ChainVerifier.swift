import BSON
import Crypto
import Vault

/// Where and how a chain is broken.
public struct ChainBreak: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The content of a row or of its details was changed.
        case edited
        /// A row is gone.
        case missing
        /// A row was put in that was never written.
        case inserted
        /// Two rows changed places.
        case swapped
    }

    public let seq: Int
    public let kind: Kind
    /// True when the row itself is sound and only its readable details were changed.
    public let isInDetails: Bool

    public init(seq: Int, kind: Kind, isInDetails: Bool = false) {
        self.seq = seq
        self.kind = kind
        self.isInDetails = isInDetails
    }
}

/// What a verification found.
public struct AuditVerdict: Sendable, Hashable {
    public let rowsChecked: Int
    /// The end of the sound part.
    public let head: ChainHead?
    /// The first thing that is wrong; nil when the chain is whole.
    public let broken: ChainBreak?

    public var isIntact: Bool { broken == nil }

    public init(rowsChecked: Int, head: ChainHead?, broken: ChainBreak?) {
        self.rowsChecked = rowsChecked
        self.head = head
        self.broken = broken
    }
}

/// A row with its own hash recomputed, as the verifier takes it.
struct CheckedRow: Sendable {
    let row: AuditRow
    let isSound: Bool
    let detailsAreSound: Bool
    let organizationID: String

    /// - Parameter payload: the readable details if they still exist.
    init(_ row: AuditRow, organizationID: String, payload: AuditPayload?) {
        let areSound = payload.map { $0.hash == row.payloadHash && $0.id == row.payloadRef } ?? true
        self.init(row, organizationID: organizationID, detailsAreSound: areSound)
    }

    init(_ row: AuditRow, organizationID: String, detailsAreSound: Bool) {
        self.row = row
        self.organizationID = organizationID
        self.detailsAreSound = detailsAreSound
        isSound = row.computedHash(organizationID: organizationID) == row.hash
    }

    /// A row that could not even be read.
    init(unreadableAt seq: Int, organizationID: String) {
        row = .unreadable(seq: seq)
        self.organizationID = organizationID
        isSound = false
        detailsAreSound = false
    }
}

/// Walks a chain from its first row and finds the first break. Pure: it is fed rows in the order they stand, and told
/// the end. It keeps one row back, because telling an inserted row from an edited one takes a look at the next.
struct ChainVerifier {
    private var end = ChainHead.start
    /// Rows looked at; in a whole chain also the number of the last one.
    private var checked = 0
    private var pending: CheckedRow?
    private var broken: ChainBreak?
    /// A row that came where another was expected: missing, swapped or inserted is decided by what follows.
    private var suspicion: Suspicion?
    /// How far a row whose content is damaged is tried under other numbers, to tell moved from edited.
    private let reach: Int

    private struct Suspicion {
        let expected: Int
        let found: Int
        /// The two stand in each other's place; the row behind them decides whether one is a copy.
        var isNeighbour = false
    }

    init(reach: Int = 20_000) { self.reach = reach }

    var isDecided: Bool { broken != nil }

    mutating func feed(_ next: CheckedRow) {
        guard broken == nil else { return }
        if let suspicion { return resolve(suspicion, with: next) }
        if let row = pending { judge(row, next: next) }
        pending = next
    }

    /// - Parameter head: the last link known to have been written; a chain that ends before it lost its tail.
    mutating func finish(head: (seq: Int, hash: String)? = nil) -> AuditVerdict {
        if broken == nil, suspicion == nil, let row = pending { judge(row, next: nil, headHash: head?.hash) }
        if broken == nil, let suspicion {
            broken = ChainBreak(seq: suspicion.expected, kind: suspicion.isNeighbour ? .swapped : .missing)
        }
        if broken == nil, let head {
            if head.seq > end.seq {
                broken = ChainBreak(seq: end.seq + 1, kind: .missing)
            } else if head.seq == end.seq, head.hash != end.hash {
                broken = ChainBreak(seq: end.seq, kind: .edited)
            }
        }
        return AuditVerdict(rowsChecked: checked, head: end.seq == 0 ? nil : end, broken: broken)
    }

    private mutating func judge(_ current: CheckedRow, next: CheckedRow?, headHash: String? = nil) {
        checked += 1
        let row = current.row
        let expected = end.seq + 1
        if row.seq == expected, current.isSound, row.prevHash == end.hash {
            guard current.detailsAreSound else {
                broken = ChainBreak(seq: expected, kind: .edited, isInDetails: true)
                return
            }
            end = ChainHead(seq: row.seq, hash: row.hash, ts: row.ts)
        } else if current.isSound, row.seq > expected {
            let doubt = Suspicion(expected: expected, found: row.seq)
            suspicion = doubt
            if let next { resolve(doubt, with: next) }
        } else if let next, next.isSound, next.row.seq == expected, next.row.prevHash == end.hash {
            broken = ChainBreak(seq: expected, kind: .inserted)
        } else if !current.isSound {
            broken = ChainBreak(seq: expected, kind: wasMoved(current) ? .swapped : .edited)
        } else if row.seq < expected {
            broken = ChainBreak(seq: row.seq, kind: .inserted)
        } else {
            let genuine = next?.row.prevHash ?? headHash
            // Rewritten together with its hash, a row shows only by its links: at the row behind it, or at its own.
            broken = ChainBreak(seq: expected > 1 && genuine == row.hash ? expected - 1 : expected, kind: .edited)
        }
    }

    /// Looks for the row that was expected. Found where the strange one belongs, the two changed places, unless the
    /// strange one comes a second time.
    private mutating func resolve(_ doubt: Suspicion, with next: CheckedRow) {
        checked += 1
        if doubt.isNeighbour {
            broken = ChainBreak(seq: doubt.expected, kind: next.row.seq == doubt.found ? .inserted : .swapped)
        } else if next.row.seq == doubt.expected {
            if doubt.found == doubt.expected + 1, checked == doubt.found {
                suspicion?.isNeighbour = true
            } else {
                broken = ChainBreak(seq: doubt.expected, kind: checked == doubt.found ? .swapped : .inserted)
            }
        }
    }

    /// Whether the row is sound again under another number: then only its number was changed.
    private func wasMoved(_ current: CheckedRow) -> Bool {
        let row = current.row
        let parts = row.partsAroundSeq(organizationID: current.organizationID)
        for seq in max(1, row.seq - reach)...(max(1, row.seq) + reach) {
            let bytes = parts.before + Array("\(seq)".utf8) + parts.after
            if Hex.encode(SHA256.hash(data: bytes)) == row.hash { return true }
        }
        return false
    }
}

extension AuditRow {
    /// What the hash is computed over, without the row's number.
    fileprivate func partsAroundSeq(organizationID: String) -> (before: [UInt8], after: [UInt8]) {
        var before = Array(prevHash.utf8)
        var after: [UInt8] = []
        let members = members(organizationID: organizationID)
        CanonicalJSON.appendObject(members.filter { $0.0 < "seq" } + [("seq", .null)], to: &before)
        before.removeLast("null}".utf8.count)
        CanonicalJSON.appendObject(members.filter { $0.0 > "seq" }, to: &after)
        after[0] = UInt8(ascii: ",")
        return (before, after)
    }
}
