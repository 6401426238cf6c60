import BSON
import Foundation
import Tenancy

/// A join that the rules do not make by themselves and that a person may decide.
public struct MergeReview: TenantDocument, Codable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A key that more customers have than one person can be.
        case quarantined
        /// The customer has been merged too often today.
        case limit
    }

    /// How many customers a review names; there may be more.
    static let namedCustomers = 100

    public var id: String
    public var kind: Kind
    public var key: IdentityKey
    /// For ``Kind/limit`` the two, the survivor first; for ``Kind/quarantined`` the first of them.
    public var customerIDs: [String]
    /// How many there are.
    public var customers: Int
    public var createdAt: Date
    public var updatedAt: Date

    public static let spec = CollectionSpec(
        "merge_reviews",
        indexes: [
            IndexSpec("kind", [("kind", 1), ("created_at", -1), ("_id", -1)]),
            IndexSpec("customer", [("customer_ids", 1)]),
        ],
        validator: .schema(
            required: ["kind", "key", "customer_ids", "customers", "created_at"],
            properties: ["kind": ["enum": .strings(Kind.allCases.map(\.rawValue))]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case kind, key, customers
        case customerIDs = "customer_ids"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}
