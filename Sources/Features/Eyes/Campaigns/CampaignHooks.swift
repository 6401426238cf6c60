import Customers
import Tenancy

/// What is told to a platform: so many people for a list of a connection.
public struct CampaignHandOver: Sendable {
    public let campaignID: String
    public let name: String
    public let target: CampaignTarget
    /// Only those to be written to.
    public let customerIDs: [String]
}

/// A clear address, for a file that a mail tool takes.
public struct CampaignAddress: Sendable, Equatable {
    public let email: String?
    public let phone: String?

    public init(email: String?, phone: String?) {
        self.email = email
        self.phone = phone
    }
}

/// What features below and above fill in, so that EYES need not know them.
public struct CampaignHooks: Sendable {
    /// Connections whose lists people can be put on.
    public var targets: @Sendable (TenantScope) async throws -> [CampaignTarget]
    /// Puts the exact requests up for approval and gives their ids; nothing is sent.
    public var handOver: @Sendable (TenantScope, CampaignHandOver, _ requestID: String) async throws -> [String]
    /// Addresses of those who agreed to the purpose; asked for only by whoever may export customers.
    public var addresses: @Sendable (TenantScope, [String], Purpose) async throws -> [String: CampaignAddress]
    /// Something happened that receivers may want to know.
    public var happened: @Sendable (TenantScope, _ event: String, Campaign) async throws -> Void

    public init(
        targets: @escaping @Sendable (TenantScope) async throws -> [CampaignTarget] = { _ in [] },
        handOver: @escaping @Sendable (TenantScope, CampaignHandOver, String) async throws -> [String] = { _, _, _ in []
        },
        addresses: @escaping @Sendable (TenantScope, [String], Purpose) async throws -> [String: CampaignAddress] = {
            _, _, _ in [:]
        },
        happened: @escaping @Sendable (TenantScope, String, Campaign) async throws -> Void = { _, _, _ in }
    ) {
        self.targets = targets
        self.handOver = handOver
        self.addresses = addresses
        self.happened = happened
    }

    public static let none = CampaignHooks()
}
