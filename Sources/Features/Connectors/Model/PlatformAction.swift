import Foundation
import Web

/// A change at the vendor. Described without sending anything; executed only with an approval.
public enum PlatformAction: Sendable, Equatable {
    case setStatus(entity: String, externalID: String, active: Bool)
    case setBudget(externalID: String, minor: Int64, currency: String)
    /// The highest price for a click or a result, of an ad group.
    case setBid(externalID: String, minor: Int64, currency: String)
    case addToList(listID: String, externalIDs: [String])
    case removeFromList(listID: String, externalIDs: [String])
    case startWorkflow(workflowID: String, externalID: String)
    /// Sends a campaign's messages to a person from now on.
    case addToCampaign(campaignID: String, externalID: String)
    /// SHA-256 hashes of normalised e-mail addresses.
    case uploadAudience(audienceID: String, emailHashes: [String])
    case erase(externalID: String, email: String?)
    /// New words of a video or message. `present` is the record as last read: vendors clear what is not sent again.
    case setText(externalID: String, title: String, body: String, present: JSONValue)
    /// Passes on what a person said.
    case setConsent(
        externalID: String, channel: ConsentSignal.Channel, isSubscribed: Bool, at: Date, email: String? = nil,
        subscriptionID: String? = nil)
    /// Never write to these addresses again.
    case suppress(emails: [String])
    /// Writes properties of a person; makes the person where the platform does not know the address.
    case upsertContact(externalID: String?, email: String, properties: [String: String])
    /// A code that takes a share of whole per cents off.
    case createDiscount(code: String, percent: Int, startsAt: Date, endsAt: Date?)
    /// New codes of a rule that is at the vendor already.
    case generateCoupons(ruleID: String, count: Int)
    /// Ends a billing subscription, at once or when the paid time is over.
    case cancelSubscription(externalID: String, atPeriodEnd: Bool)
    /// Moves an opportunity: `open`, `won`, `lost`, `abandoned`.
    case setOpportunity(externalID: String, status: String)

    /// Whether doing it twice leaves things as doing it once does.
    var isRepeatable: Bool {
        switch self {
        case .startWorkflow, .addToCampaign, .createDiscount, .generateCoupons: false
        case .setStatus(let entity, _, let active): entity != "campaign" || !active
        default: true
        }
    }
}
