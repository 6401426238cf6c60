import Records
import Tenancy

/// The platforms: one manager, and for each platform what is particular about it.
public enum Connectors {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [
        ConnectionSecret.spec, SignInState.spec, SyncState.spec, SyncRun.spec, RawRecord.spec, WebhookEventRow.spec,
        DataRequest.spec, PlatformCalls.spec, QuarantinedRow.spec, Approval.spec, GateCollections.breakers,
        GateCollections.buckets,
    ]
}
