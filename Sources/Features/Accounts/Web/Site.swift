import Tenancy
import Web

/// What the pages of all features are made with, gathered once at the start: the accounts themselves, the renderer
/// with its words, and what the composition root knows about navigation and data.
public final class Site: Sendable {
    public let accounts: AccountsService
    public let renderer: PageRenderer
    let navigation: [NavigationGroup]
    let hooks: SiteHooks

    public init(
        accounts: AccountsService, renderer: PageRenderer, navigation: [NavigationGroup] = NavigationGroup.accounts,
        hooks: SiteHooks = SiteHooks()
    ) {
        self.accounts = accounts
        self.renderer = renderer
        self.navigation = navigation
        self.hooks = hooks
    }
}

/// What other features add to the frame of every page; they are above or beside this one, so the composition root
/// hands their parts in.
public struct SiteHooks: Sendable {
    /// The data pop-over. Called for every page: answer from memory.
    public var dataState: @Sendable (TenantScope, Localizer) async throws -> Shell.DataState?
    /// Path below `/o/{slug}` that takes the search box's `q`, with the permission it needs; nil for no box.
    public var search: (path: String, permission: Permission)?
    /// Path below `/o/{slug}` that removes the demo organization by POST, with its words; nil for no button.
    public var demoRemoval: @Sendable (TenantScope, Localizer) -> Shell.Link?
    /// What waits for a person, on top of every page. Called for every page: answer from memory.
    public var alert: @Sendable (TenantScope, Localizer) async throws -> Shell.Banner?

    public init(
        dataState: @escaping @Sendable (TenantScope, Localizer) async throws -> Shell.DataState? = { _, _ in nil },
        search: (path: String, permission: Permission)? = nil,
        demoRemoval: @escaping @Sendable (TenantScope, Localizer) -> Shell.Link? = { _, _ in nil },
        alert: @escaping @Sendable (TenantScope, Localizer) async throws -> Shell.Banner? = { _, _ in nil }
    ) {
        self.dataState = dataState
        self.search = search
        self.demoRemoval = demoRemoval
        self.alert = alert
    }
}
