import Tenancy

/// What the platforms tell besides people and orders: events, daily figures, campaigns, products, payments. Connectors
/// write these rows, everybody else reads them.
public enum Records {
    /// Everything this feature stores, for migrations, doctor and the tenant tests.
    public static let collections: [CollectionSpec] = [
        EventInput.spec, MetricDayInput.spec, CampaignInput.spec, AdGroupInput.spec, CreativeInput.spec,
        ProductInput.spec, PaymentInput.spec, BillingSubscriptionInput.spec, DealInput.spec, MetricMinuteInput.spec,
        UsageInput.spec, BenchmarkInput.spec, ReplacedRecord.spec,
    ]
}
