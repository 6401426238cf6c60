import Tenancy
import Web

/// The context of the API's own routes: a person and the one organization their token is for. No route reads an
/// organization from path, query or body.
public struct APIContext: ChildRequestContext, WebContext, TenantRequestContext {
    public typealias ParentContext = APIEntryContext

    public var coreContext: CoreRequestContextStorage
    public var web: WebState
    let grant: APIGrant

    /// - Throws: 401 without a good token.
    public init(context: APIEntryContext) throws {
        guard let grant = context.grant else { throw Problem.unauthorized() }
        coreContext = context.coreContext
        web = context.web
        self.grant = grant
    }

    public var scope: TenantScope { grant.scope }
    public var identity: Identity { grant.identity }

    public func can(_ permission: Permission) -> Bool { scope.can(permission) }
}
