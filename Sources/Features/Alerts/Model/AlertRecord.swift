import BSON
import Foundation
import Tenancy

/// An alert as it is stored: one for each cause, from its beginning to its end.
public struct AlertRecord: TenantDocument, Codable, Equatable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case open, acknowledged, resolved
    }

    public var id: String
    public var kind: String
    /// Names the cause.
    public var key: String
    public var subject: AlertSubject
    public var severity: AlertSeverity
    public var state: State
    /// Set until it is resolved; at most one of a key has it.
    public var isOpen: Bool?
    public var title: String
    public var text: String?
    public var step: String?
    public var arguments: [String: String]
    public var path: String?
    public var occurrences: Int
    public var openedAt: Date
    public var lastSeenAt: Date
    public var acknowledgedAt: Date?
    public var acknowledgedBy: String?
    public var resolvedAt: Date?
    /// The person who resolved it; nil when the cause went away.
    public var resolvedBy: String?
    /// Until then it is neither shown on pages nor mailed, also when it comes back.
    public var mutedUntil: Date?
    /// How many people were written to, and when; nil until all have a mail on its way.
    public var mails: Int
    public var toldAt: Date?
    /// Set on the end, a year ahead.
    public var expiresAt: Date?

    public static let spec = CollectionSpec(
        "alerts",
        indexes: [
            IndexSpec("state", [("state", 1), ("severity", 1), ("opened_at", -1)]),
            IndexSpec("opened", [("opened_at", -1), ("_id", -1)]),
            IndexSpec("cause", [("key", 1)], unique: true, partial: ["is_open": true]),
            IndexSpec("history", [("key", 1), ("opened_at", -1)]),
            IndexSpec("expiry", [("expires_at", 1)], expireAfterSeconds: 0),
        ],
        validator: .schema(
            required: ["kind", "key", "subject", "severity", "state", "title", "occurrences", "opened_at"],
            properties: [
                "severity": ["enum": .strings(AlertSeverity.allCases.map(\.rawValue))],
                "state": ["enum": .strings(State.allCases.map(\.rawValue))],
            ]))

    init(_ draft: AlertDraft, id: String, at now: Date) {
        self.id = id
        kind = draft.kind
        key = draft.key
        subject = draft.subject
        severity = draft.severity
        state = .open
        isOpen = true
        title = draft.title
        text = draft.text
        step = draft.step
        arguments = draft.arguments
        path = draft.path
        occurrences = 1
        openedAt = now
        lastSeenAt = now
        mails = 0
    }

    /// Whether it is to be seen on every page.
    func isPressing(at now: Date) -> Bool { state == .open && !isMuted(at: now) }

    func isMuted(at now: Date) -> Bool { mutedUntil.map { $0 > now } ?? false }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case kind, key, subject, severity, state, title, text, step, arguments, path, occurrences, mails
        case isOpen = "is_open"
        case openedAt = "opened_at"
        case lastSeenAt = "last_seen_at"
        case acknowledgedAt = "acknowledged_at"
        case acknowledgedBy = "acknowledged_by"
        case resolvedAt = "resolved_at"
        case resolvedBy = "resolved_by"
        case mutedUntil = "muted_until"
        case toldAt = "told_at"
        case expiresAt = "expires_at"
    }
}
