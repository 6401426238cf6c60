import Customers

/// A kind of act at a platform, as programs and forms name it.
public enum ActionKind: String, Codable, Sendable, CaseIterable {
    case setStatus = "set_status"
    case setBudget = "set_budget"
    case setBid = "set_bid"
    case addToList = "add_to_list"
    case removeFromList = "remove_from_list"
    case startWorkflow = "start_workflow"
    case addToCampaign = "add_to_campaign"
    case uploadAudience = "upload_audience"
    case removeFromAudience = "remove_from_audience"
    case setConsent = "set_consent"
    case suppress
    case upsertContact = "upsert_contact"
    case createDiscount = "create_discount"
    case generateCoupons = "generate_coupons"
    case cancelSubscription = "cancel_subscription"
    case setText = "set_text"
    case setOpportunity = "set_opportunity"
    case erase

    /// Whether it is about customers, who are named by their ids here.
    public var isAboutPeople: Bool {
        switch self {
        case .addToList, .removeFromList, .startWorkflow, .addToCampaign, .uploadAudience, .removeFromAudience,
            .setConsent, .suppress, .upsertContact, .erase:
            true
        case .setStatus, .setBudget, .setBid, .createDiscount, .generateCoupons, .cancelSubscription, .setText,
            .setOpportunity:
            false
        }
    }

    /// Whether it takes one person at a time.
    var isAboutOne: Bool {
        switch self {
        case .startWorkflow, .addToCampaign, .setConsent, .upsertContact, .erase: true
        default: false
        }
    }

    /// What people must have agreed to, to be part of it. Nil for acts that only take away.
    var purpose: Purpose? {
        switch self {
        case .addToList, .startWorkflow, .addToCampaign: .emailMarketing
        case .uploadAudience: .adAudiences
        case .upsertContact: .personalization
        default: nil
        }
    }

    /// What is named by `id`: an object at the vendor; nil where there is none.
    public var target: String? {
        switch self {
        case .setStatus, .setBudget, .setBid, .cancelSubscription, .setText, .setOpportunity: "id"
        case .addToList, .removeFromList, .startWorkflow, .addToCampaign, .uploadAudience, .removeFromAudience,
            .generateCoupons:
            "list_id"
        case .setConsent, .suppress, .upsertContact, .createDiscount, .erase: nil
        }
    }
}

/// How much harm a mistake does, and so who must have looked.
public enum Criticality: String, Codable, Sendable, CaseIterable {
    case low, medium, high, critical

    /// High and critical acts need somebody else than the person who proposes.
    public var needsAnotherPerson: Bool { self == .high || self == .critical }
}
