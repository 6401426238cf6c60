import BSON

/// A kind of stored document that an organization owns.
///
/// The stored form has a text `_id` and the organization, which ``TenantCollection`` writes, checks and strips: the
/// Swift type has neither `organization_id` nor a way to set it. `Codable` types code their `id` as `_id`.
public protocol TenantDocument: BSONConvertible {
    static var spec: CollectionSpec { get }
}
