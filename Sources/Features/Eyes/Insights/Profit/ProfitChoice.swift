import BSON
import Foundation
import Learning
import Tenancy

/// What an organization says about its contacts: their cost, how often they work, what a kept customer is worth.
public struct ProfitChoice: Sendable, Codable, Hashable {
    /// Of one contact, in minor units.
    public var contactCostMinor: Int64
    /// Share of the leaving who stay because of the contact, 0–1.
    public var successRate: Double
    /// Part of the expected spend that is earned, 0–1; not used with a fixed value.
    public var margin: Double
    /// What every kept customer is worth, in minor units; nil for the margin of each one's expected 90-day spend.
    public var fixedValueMinor: Int64?

    public init(contactCostMinor: Int64, successRate: Double, margin: Double, fixedValueMinor: Int64? = nil) {
        self.contactCostMinor = contactCostMinor
        self.successRate = successRate
        self.margin = margin
        self.fixedValueMinor = fixedValueMinor
    }

    /// Assumptions until somebody enters their own: one unit a contact, one in ten kept, 40 % margin.
    public static func standard(currency: String) -> ProfitChoice {
        ProfitChoice(
            contactCostMinor: Int64(CurrencyDigits.minorPerUnit(currency)), successRate: 0.1, margin: 0.4)
    }

    static let mostMinor: Int64 = 1_000_000_000_00

    /// The fields that cannot be used, by their names in the API.
    public var problems: [String] {
        var found: [String] = []
        if !(0...Self.mostMinor).contains(contactCostMinor) { found.append("contact_cost_minor") }
        if !(0...1).contains(successRate) { found.append("success_rate") }
        if !(0...1).contains(margin) { found.append("gross_margin") }
        if let fixedValueMinor, !(0...Self.mostMinor).contains(fixedValueMinor) { found.append("value_minor") }
        return found
    }

    /// In minor units.
    var terms: ProfitTerms { ProfitTerms(contactCost: Double(contactCostMinor), successRate: successRate) }

    /// What somebody with this expected 90-day spend is worth, in minor units.
    func value(ofSpend spend90: Double) -> Double { fixedValueMinor.map(Double.init) ?? spend90 * margin }

    /// With one value for all, risk alone decides whom to write to first.
    var order: ScoreQuery.Order { fixedValueMinor == nil ? .value : .risk }

    enum CodingKeys: String, CodingKey {
        case margin
        case contactCostMinor = "contact_cost_minor"
        case successRate = "success_rate"
        case fixedValueMinor = "fixed_value_minor"
    }
}

/// The choice an organization keeps.
struct ProfitSettings: TenantDocument, Codable, Sendable {
    let id: String
    var choice: ProfitChoice
    var updatedAt: Date
    /// Who entered it.
    var updatedBy: String

    static func id(_ scope: TenantScope) -> String { "eyp_" + scope.organizationID.dropFirst(4) }

    static let spec = CollectionSpec(
        "eyes_profit_settings",
        validator: .schema(
            required: ["choice", "updated_at"],
            properties: ["choice": ["bsonType": "object"], "updated_at": ["bsonType": "date"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case choice
        case updatedAt = "updated_at"
        case updatedBy = "updated_by"
    }
}
