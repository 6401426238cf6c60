import BSON
import Foundation
import Tenancy

/// How far one source of orders reaches.
public struct SourceState: Sendable, Codable, Equatable {
    public var connectionID: String
    public var platform: String
    public var label: String
    /// The midnight, in the organization's zone, up to which nothing is missing.
    public var completeUntil: Date?
    public var lastOrderAt: Date?
    public var lastImportAt: Date?
    /// Its orders are told once more by this source, which has them from a shop.
    public var retellsOrders: Bool?

    enum CodingKeys: String, CodingKey {
        case retellsOrders = "retells_orders"
        case connectionID = "connection_id"
        case platform, label
        case completeUntil = "complete_until"
        case lastOrderAt = "last_order_at"
        case lastImportAt = "last_import_at"
    }
}

/// The state of an organization's customer data: a version that moves with every change, how far sources reach, and
/// the totals, brought up to date by whoever writes. One small document answers most of what pages ask.
public struct DataState: TenantDocument, Codable, Equatable {
    public var id: String
    public var version: Int64
    public var lastImportAt: Date?
    public var lastImportID: String?
    public var firstOrderAt: Date?
    public var lastOrderAt: Date?
    public var sources: [SourceState]
    public var customers: Int
    public var buyers: Int
    public var orders: Int
    public var revenueMinor: Int64
    public var refundedMinor: Int64
    public var currency: String
    public var unconvertedOrders: Int
    public var testOrders: Int
    public var cancelledOrders: Int
    public var updatedAt: Date
    /// Connections whose orders are kept and not counted, because another source tells them itself; nil for none.
    public var retold: [String]?
    /// By which table of places the customers stand where they do; nil before there was one.
    var places: Int?

    /// The last midnight up to which all sources that count are complete: what EYES calls A.
    public var completeUntil: Date? { sources.filter { !isRetold($0.connectionID) }.compactMap(\.completeUntil).min() }

    /// Whether this connection's orders are kept and not counted.
    public func isRetold(_ connectionID: String) -> Bool { retold?.contains(connectionID) == true }

    public static let spec = CollectionSpec(
        "data_states",
        validator: .schema(
            required: ["version", "currency", "revenue_minor"],
            properties: ["version": ["bsonType": ["int", "long"], "minimum": 0]]))

    static func empty(_ scope: TenantScope) -> DataState {
        DataState(
            id: id(scope), version: 0, sources: [], customers: 0, buyers: 0, orders: 0, revenueMinor: 0,
            refundedMinor: 0, currency: scope.organization.currency, unconvertedOrders: 0, testOrders: 0,
            cancelledOrders: 0, updatedAt: scope.organization.createdAt, places: Centroids.version)
    }

    /// One per organization.
    static func id(_ scope: TenantScope) -> String { DerivedID("dst", scope.organizationID)() }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case version, sources, customers, buyers, orders, currency, retold, places
        case lastImportAt = "last_import_at"
        case lastImportID = "last_import_id"
        case firstOrderAt = "first_order_at"
        case lastOrderAt = "last_order_at"
        case revenueMinor = "revenue_minor"
        case refundedMinor = "refunded_minor"
        case unconvertedOrders = "unconverted_orders"
        case testOrders = "test_orders"
        case cancelledOrders = "cancelled_orders"
        case updatedAt = "updated_at"
    }
}
