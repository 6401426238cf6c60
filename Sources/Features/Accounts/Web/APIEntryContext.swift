import Web

/// The context of the API before it is known who asks; public routes such as sign-in stay here.
public struct APIEntryContext: ChildRequestContext, WebContext {
    public typealias ParentContext = BasicWebContext

    public var coreContext: CoreRequestContextStorage
    public var web: WebState
    /// Set by ``BearerMiddleware`` when the request carries a good token.
    var grant: APIGrant?

    public init(context: BasicWebContext) throws {
        coreContext = context.coreContext
        web = context.web
    }
}
