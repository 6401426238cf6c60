import Foundation
import Web

/// What somebody wants a campaign to be.
public struct CampaignDraft: Sendable {
    var name: String
    var list: ListQuery
    var channel: CampaignChannel
    var target: CampaignTarget?
    var message: String?
    var budgetMinor: Int64?
    var holdoutShare = Campaign.standardHoldout
    /// Said yes to a model that is provisional.
    var confirmsProvisional = false

    /// The fields that cannot be used, by name.
    var problems: [String] {
        var found: [String] = []
        if name.isEmpty || name.count > 120 { found.append("name") }
        if !(0...Campaign.mostHoldout).contains(holdoutShare) { found.append("holdout_share") }
        if let budgetMinor, budgetMinor <= 0 { found.append("budget_minor") }
        if let target, target.listID.isEmpty || target.listID.utf8.count > 200 { found.append("list_id") }
        if (message ?? "").count > 5_000 { found.append("message") }
        return found
    }
}

/// Why a campaign is not made or not carried out. Every refusal has a sentence.
public enum CampaignRefusal: String, Error, Sendable, CaseIterable {
    case neverRan = "never_ran"
    /// No accepted or provisional model stands behind the list.
    case noUsableModel = "no_usable_model"
    /// A provisional model needs a yes of its own.
    case confirmProvisional = "confirm_provisional"
    case nobody
    /// The people, or what was agreed to, are not the same any more.
    case audienceChanged = "audience_changed"
    case notApproved = "not_approved"
    case alreadyDecided = "already_decided"
    /// Handing over needs a connection; this one goes by file.
    case noTarget = "no_target"
    /// The rows of the run it was made from are not kept any more.
    case runGone = "run_gone"

    /// For programs.
    var sentence: String {
        switch self {
        case .neverRan: "There is no run yet."
        case .noUsableModel: "No accepted or provisional model stands behind this list."
        case .confirmProvisional: "The model is provisional: send confirm_provisional."
        case .nobody: "Nobody is left who may be written to."
        case .audienceChanged: "The audience is not the one that was agreed to: freeze it anew."
        case .notApproved: "Nobody has agreed to this audience."
        case .alreadyDecided: "This has been decided already."
        case .noTarget: "There is no connection to hand it to."
        case .runGone: "The rows of its run are not kept any more."
        }
    }
}

/// What is wrong with a draft's fields.
public struct CampaignProblems: Error, Sendable, Equatable {
    public let fields: [String]
}
