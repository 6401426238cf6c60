import BSON
import Customers
import Foundation
import Learning
import Tenancy

/// How a campaign reaches people; each way needs its own consent.
public enum CampaignChannel: String, Sendable, Codable, CaseIterable {
    case email, sms, push
    case inApp = "in_app"

    public var purpose: Purpose {
        switch self {
        case .email: .emailMarketing
        case .sms: .smsMarketing
        case .push: .pushMarketing
        case .inApp: .inAppMarketing
        }
    }
}

/// Whom a campaign is for, as somebody chose them.
public struct CampaignOrigin: Sendable, Codable, Equatable {
    public let runID: String
    public let horizon: Horizon
    public let segmentID: String?
    public let band: RiskLevel?
    /// So many from the top of the list.
    public let cut: Int?
    public let sort: String
    /// Of a rank band; nil for all, and in campaigns from before there were any.
    public var rank: String?

    enum CodingKeys: String, CodingKey {
        case horizon, band, cut, sort, rank
        case runID = "run_id"
        case segmentID = "segment_id"
    }
}

/// Where a campaign's people are handed to: a list of a connection, or a file.
public struct CampaignTarget: Sendable, Codable, Equatable {
    public let connectionID: String
    public let platform: String
    public let label: String
    /// The list or audience there.
    public var listID: String

    public init(connectionID: String, platform: String, label: String, listID: String = "") {
        self.connectionID = connectionID
        self.platform = platform
        self.label = label
        self.listID = listID
    }

    enum CodingKeys: String, CodingKey {
        case platform, label
        case connectionID = "connection_id"
        case listID = "list_id"
    }
}

/// Who is in, who is not, and why.
public struct CampaignAudience: Sendable, Codable, Equatable {
    /// Of everybody's id and group, channel and target: what is approved.
    public var hash: String
    public var selected = 0
    /// No valid consent for the channel, or no longer for analysis.
    public var withoutConsent = 0
    /// In another campaign within the last 14 days.
    public var capped = 0
    /// Beyond what the budget pays.
    public var beyondBudget = 0
    public var treated = 0
    public var held = 0
    /// Kept out by a human review; nil in campaigns from before there were any.
    public var reviewed: Int?

    public var people: Int { treated + held }

    enum CodingKeys: String, CodingKey {
        case hash, selected, capped, treated, held, reviewed
        case withoutConsent = "without_consent"
        case beyondBudget = "beyond_budget"
    }
}

/// What a campaign is expected to bring, by the slider's figures.
public struct CampaignExpectation: Sendable, Codable, Equatable {
    public let choice: ProfitChoice
    public let leaving: Double
    public let saved: Double
    public let costMinor: Int64
    public let profitMinor: Int64
    /// The smallest rise in the share who order that so many people can show; nil when none.
    public let smallestUplift: Double?

    enum CodingKeys: String, CodingKey {
        case choice, leaving, saved
        case costMinor = "cost_minor"
        case profitMinor = "profit_minor"
        case smallestUplift = "smallest_uplift"
    }
}

/// What a campaign changed, once its window has closed: shares that ordered, among the written to and the held out.
public struct CampaignResult: Sendable, Codable, Equatable {
    public let uplift: Uplift
    /// People whose consent is gone since: they are not looked at.
    public let notLookedAt: Int
    public let fromDay: Int
    public let closedDay: Int
    public let measuredAt: Date

    enum CodingKeys: String, CodingKey {
        case uplift
        case notLookedAt = "not_looked_at"
        case fromDay = "from_day"
        case closedDay = "closed_day"
        case measuredAt = "measured_at"
    }
}

/// A retention campaign: a frozen list of people, agreed to as it is, handed over once, and measured afterwards.
public struct Campaign: TenantDocument, Codable, Sendable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case draft, approved, active, measured, cancelled
    }

    public struct Act: Sendable, Codable, Equatable {
        public let actor: String
        public let name: String
        public let at: Date
    }

    public let id: String
    public var name: String
    public var state: State
    public let origin: CampaignOrigin
    /// State of the horizon's gate when the campaign was drafted.
    public let gate: HorizonState
    public var channel: CampaignChannel
    /// Nil: a file is taken away by hand.
    public var target: CampaignTarget?
    public var message: String?
    public var budgetMinor: Int64?
    public var holdoutShare: Double
    /// Start of the draw of the hold-out.
    public let seed: Int64
    public var audience: CampaignAudience
    public var expected: CampaignExpectation?
    public let proposed: Act
    public var approved: Act?
    public var executed: Act?
    public var cancelled: Act?
    /// Approvals at the platform that this was handed over in.
    public var approvalIDs: [String]
    public var result: CampaignResult?
    public let createdAt: Date
    public var updatedAt: Date

    /// A person is in at most one campaign within these days.
    public static let capDays = 14
    public static let standardHoldout = 0.1
    public static let mostHoldout = 0.5

    public static let spec = CollectionSpec(
        "eyes_campaigns",
        indexes: [
            IndexSpec("time", [("created_at", -1), ("_id", -1)]),
            IndexSpec("state", [("state", 1), ("created_at", -1)]),
        ],
        validator: .schema(
            required: [
                "name", "state", "origin", "gate", "channel", "holdout_share", "seed", "audience", "proposed",
                "created_at", "updated_at",
            ], properties: ["state": ["enum": .strings(State.allCases.map(\.rawValue))]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case name, state, origin, gate, channel, target, message, seed, audience, expected, proposed, approved
        case executed, cancelled, result
        case budgetMinor = "budget_minor"
        case holdoutShare = "holdout_share"
        case approvalIDs = "approval_ids"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}
