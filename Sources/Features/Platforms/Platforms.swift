import Records
import Tenancy

/// Where data come from. The file import is the platform that is always there.
public enum Platforms {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [
        ImportRecord.spec, Connection.spec, StoredProblem.spec, SavedMapping.spec, IngestRequest.spec,
    ]
}
