import Customers
import Tenancy
import Vault

extension EyesCampaigns {
    /// Longer lists are not counted before they are frozen.
    static let mostCounted = 5_000

    /// How many of a list may be written to by each channel, as things are now.
    func reach(
        _ scope: TenantScope, _ published: PublishedRun, _ list: ListQuery
    ) async throws -> [CampaignChannel: Int] {
        let ids = try await candidates(scope, published, list).map(\.customerID)
        let customers = CustomerStore(scope, service.database)
        let now = service.clock.now()
        let analysed = try await customers.consented(ids, for: .marketingAnalytics, now: now).usable
        var reach: [CampaignChannel: Int] = [:]
        for channel in CampaignChannel.allCases {
            reach[channel] = try await customers.consented(Array(analysed), for: channel.purpose, now: now).usable.count
        }
        return reach
    }
}
