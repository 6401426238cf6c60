import Records
import Tenancy

extension ConnectionsService {
    /// Asks the platform whether the access is still good: the account test. What it says otherwise is thrown.
    public func check(_ scope: TenantScope, _ id: String) async throws -> VendorAccount {
        let connection = try await get(scope, id)
        let connector = try connector(connection.platform)
        return try await connector.account(try calls(scope, connection, for: connector).client)
    }
}
