import Tenancy

/// What somebody in an organization has to know, told once per cause: on every page and by mail.
public enum Alerts {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [AlertRecord.spec]
}
