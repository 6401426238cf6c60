import Tenancy
import Web

/// What this feature's pages need from the context Accounts gives them.
public protocol AuditPageContext: WebContext, TenantRequestContext {
    /// Words in the reader's language, times in the organization's zone.
    var localizer: Localizer { get }
    /// The address of a page of this organization.
    func path(_ tail: String) -> String
    func page(_ page: some Page, status: HTTPResponse.Status) async throws -> Response
    func redirect(to path: String, flash: Flash?) async throws -> Response
}
