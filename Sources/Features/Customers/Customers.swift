import Tenancy

/// Customers, their orders and their consents: the canonical documents, the one way to read them for a purpose, and
/// the pages and API over them.
public enum Customers {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [
        StoredCustomer.spec, StoredOrder.spec, ConsentRecord.spec, OrderDay.spec, DataState.spec, ReplacedOrder.spec,
        MergeEvent.spec, MergeReview.spec, IdentityState.spec, ReplacedProfile.spec,
    ]
}
