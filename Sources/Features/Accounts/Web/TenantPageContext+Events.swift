import Tenancy
import Web

extension TenantPageContext {
    /// A stream of events for the person of this page. It ends within about a second once they may no longer see it:
    /// their sign-in has ended, they left or were removed, their role lost the permission, the organization closed.
    /// - Parameter permission: what the stream's route declares
    public func events(
        _ request: Request, needs permission: Permission,
        _ body: @escaping @Sendable (EventSink) async throws -> Void
    ) throws -> Response {
        let (accounts, identity, organizationID) = (site.accounts, identity, scope.organizationID)
        // Where it cannot be known the stream ends too: the page asks again and is told why.
        let mayContinue: @Sendable () async -> Bool = {
            (try? await accounts.stands(identity, in: organizationID, with: permission)) ?? false
        }
        return try Response.events(request, for: self, check: mayContinue, body)
    }
}
