import Tenancy

/// Our figures held against each source's own, day by day, with the gap split by cause.
public enum Reconciliation {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [ReconciliationDay.spec]
}
