import BSON
import Foundation
import Tenancy

/// Somebody's place in a campaign.
struct CampaignPerson: TenantDocument, Codable, Sendable, Equatable {
    let id: String
    let campaignID: String
    let customerID: String
    /// In the hold-out: never written to, only looked at.
    let held: Bool
    /// Chance to leave when the campaign was drafted; nil where none was published.
    let chance: Double?
    /// When the campaign was handed over; people in the hold-out have it too, for they count for the cap.
    var contactedAt: Date?

    static let spec = CollectionSpec(
        "eyes_campaign_people",
        indexes: [
            IndexSpec("campaign", [("campaign_id", 1), ("held", 1), ("customer_id", 1)]),
            IndexSpec(
                "contacted", [("customer_id", 1), ("contacted_at", 1)],
                partial: ["contacted_at": ["$exists": true]]),
        ],
        validator: .schema(
            required: ["campaign_id", "customer_id", "held"], properties: ["customer_id": ["bsonType": "string"]]))

    init(campaignID: String, customerID: String, held: Bool, chance: Double?) {
        id = Self.id(campaignID: campaignID, customerID: customerID)
        self.campaignID = campaignID
        self.customerID = customerID
        self.held = held
        self.chance = chance
    }

    static func id(campaignID: String, customerID: String) -> String { "\(campaignID).\(customerID)" }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case held, chance
        case campaignID = "campaign_id"
        case customerID = "customer_id"
        case contactedAt = "contacted_at"
    }
}
