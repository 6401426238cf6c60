import Foundation

/// What is to be done at a platform, in our own words: people by their ids here, objects by the vendor's. Stored with
/// its approval, so it holds no address and no secret.
public struct ActionCommand: Codable, Sendable, Equatable {
    public static let mostPeople = 10_000

    public var type: ActionKind
    /// `campaign`, `ad_group`, `ad`, `flow`, `subscription`, `ad_campaign`.
    public var entity: String?
    /// The vendor's id of the object.
    public var id: String?
    /// `active` or `paused`; an opportunity's stage; `subscribed` or `unsubscribed`.
    public var status: String?
    public var amountMinor: Int64?
    public var currency: String?
    /// List, audience, tag, group, workflow, subscription type or rule, by the vendor's id.
    public var listID: String?
    /// Our ids.
    public var customers: [String]?
    /// Everybody with consent; instead of a list.
    public var everybody: Bool?
    public var channel: String?
    public var properties: [String: String]?
    public var code: String?
    public var percent: Int?
    public var count: Int?
    public var startsAt: Date?
    public var endsAt: Date?
    public var title: String?
    public var text: String?
    public var atPeriodEnd: Bool?
    /// When it was stated; set when the command is taken in.
    public var at: Date?

    public init(_ type: ActionKind) { self.type = type }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case type, entity, id, status, currency, customers, everybody, channel, properties, code, percent, count
        case title, text, at
        case amountMinor = "amount_minor"
        case listID = "list_id"
        case startsAt = "starts_at"
        case endsAt = "ends_at"
        case atPeriodEnd = "at_period_end"
    }

    /// The command with everything it needs, or what is missing.
    public func checked(now: Date) throws -> ActionCommand {
        switch type {
        case .setStatus:
            try need(entity, "entity")
            try need(id, "id")
            try one(of: ["active", "paused"], status, "status")
        case .setBudget, .setBid:
            try need(id, "id")
            guard let amountMinor, amountMinor > 0, amountMinor < 1_000_000_000_000 else {
                throw ActionError.invalid("amount_minor")
            }
        case .addToList, .removeFromList, .startWorkflow, .addToCampaign, .uploadAudience, .removeFromAudience:
            try need(listID, "list_id")
        case .setConsent:
            try one(of: ["email", "sms"], channel, "channel")
            try one(of: ["subscribed", "unsubscribed"], status, "status")
        case .upsertContact: try checkProperties()
        case .createDiscount: try checkDiscount(now)
        case .generateCoupons:
            try need(listID, "list_id")
            guard let count, 1...1000 ~= count else { throw ActionError.invalid("count") }
        case .cancelSubscription: try need(id, "id")
        case .setText:
            try need(id, "id")
            try need(title, "title", most: 300)
            guard (text ?? "").count <= 5000 else { throw ActionError.invalid("text") }
        case .setOpportunity:
            try need(id, "id")
            try one(of: ["open", "won", "lost", "abandoned"], status, "status")
        case .suppress, .erase: break
        }
        try checkPeople()
        var command = self
        command.at = at ?? Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        return command
    }

    private func checkPeople() throws {
        guard type.isAboutPeople else {
            guard customers == nil, everybody == nil else { throw ActionError.invalid("customers") }
            return
        }
        if everybody == true {
            // Nobody is taken off, suppressed or erased wholesale.
            guard type == .uploadAudience || type == .addToList, customers == nil else {
                throw ActionError.invalid("everybody")
            }
            return
        }
        let people = customers ?? []
        guard !people.isEmpty, people.count <= (type.isAboutOne ? 1 : Self.mostPeople),
            people.allSatisfy({ $0.hasPrefix("cus_") && $0.utf8.count <= 40 })
        else { throw ActionError.invalid("customers") }
    }

    private func checkProperties() throws {
        let properties = properties ?? [:]
        guard !properties.isEmpty, properties.count <= 50,
            properties.allSatisfy({ name, value in
                !name.isEmpty && name.utf8.count <= 100 && value.count <= 1000
                    && name.utf8.allSatisfy { Self.nameBytes.contains($0) }
            })
        else { throw ActionError.invalid("properties") }
    }

    private func checkDiscount(_ now: Date) throws {
        guard let code, 3...40 ~= code.utf8.count,
            code.utf8.allSatisfy({ Self.nameBytes.contains($0) || $0 == UInt8(ascii: "-") })
        else { throw ActionError.invalid("code") }
        guard let percent, 1...100 ~= percent else { throw ActionError.invalid("percent") }
        guard endsAt.map({ $0 > startsAt ?? now }) ?? true else { throw ActionError.invalid("ends_at") }
    }

    private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".utf8)

    private func need(_ text: String?, _ field: String, most: Int = 200) throws {
        guard let text, !text.isEmpty, text.count <= most else { throw ActionError.invalid(field) }
    }

    private func one(of words: [String], _ text: String?, _ field: String) throws {
        guard let text, words.contains(text) else { throw ActionError.invalid(field) }
    }
}

/// Why an act is not done, for the web layer's table. Every refusal has a sentence.
public enum ActionError: Error, Sendable, Equatable {
    case notFound
    /// The platform has no such act, or not for this.
    case unsupported
    /// A field of the command is missing or cannot be used.
    case invalid(String)
    case refused(ActionRefusal)
}

/// Why an approval is not given or not executed.
public enum ActionRefusal: String, Sendable, CaseIterable, Codable {
    /// Nobody has approved it.
    case notApproved = "not_approved"
    /// What would be sent, or what it would change, is not what was looked at.
    case planChanged = "plan_changed"
    case expired
    case alreadyExecuted = "already_executed"
    case rejected
    /// The proposer alone may not.
    case anotherPerson = "another_person"
    /// There is nobody left whom it may be done to.
    case nobody
    /// It is so already.
    case nothingToChange = "nothing_to_change"
    /// The object is not there at the vendor.
    case missingAtVendor = "missing_at_vendor"
    /// A budget that several campaigns share, or that stands elsewhere.
    case sharedBudget = "shared_budget"
    /// The connection is not usable now.
    case connection
    case alreadyDecided = "already_decided"

    /// English, for programs; pages say the same in the reader's language.
    public var sentence: String {
        switch self {
        case .notApproved: "Nobody has approved this yet, so nothing was sent."
        case .planChanged:
            "What would be sent now is not what was approved: the request, the present value at the platform or "
                + "people's consent has changed. Nothing was sent; propose it again."
        case .expired: "The proposal is too old: its time has run out. Nothing was sent; propose it again."
        case .alreadyExecuted: "This has been executed already. It is not done twice."
        case .rejected: "This was rejected. Nothing was sent."
        case .anotherPerson: "This needs the eyes of somebody else than the person who proposed it."
        case .nobody: "Nobody is left whom this may be done to: people are unknown to the platform or gave no consent."
        case .nothingToChange: "The platform shows already what this would change it to."
        case .missingAtVendor: "The platform does not know this object."
        case .sharedBudget:
            "The budget is shared by several campaigns or stands elsewhere; changing it would change more than this."
        case .connection: "The connection cannot be used now: it is paused, disconnected or needs a person."
        case .alreadyDecided: "This has been decided already."
        }
    }
}
