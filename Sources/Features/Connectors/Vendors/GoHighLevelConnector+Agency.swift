import Foundation
import Vault
import Web

/// An agency that signs in opens all its locations that have the app. Its token reads none of them: it hands out a
/// token for each, which is refreshed by itself from then on.
extension GoHighLevelConnector {
    static let agency = "Company"

    public var accountField: String? { "location_id" }

    public func accounts(_ client: VendorClient) async throws -> [VendorAccount] {
        guard client.fields["location_id", default: ""].isEmpty, client.fields["user_type"] == Self.agency,
            let company = client.fields["company_id"]
        else { return [try await account(client)] }
        let size = 100
        var query: Pairs = ["companyId": company, "appId": Self.app(client.settings), "limit": String(size)]
        var found: [VendorAccount] = []
        for page in 0..<20 {
            query.set("skip", String(page * size))
            let rows = try await client.send(.get("/oauth/installedLocations", query)).json.at("locations")?.list ?? []
            found += rows.filter { $0.at("isInstalled") != .bool(false) }.compactMap { row in
                row.at("_id")?.text.map { VendorAccount(id: $0, name: row.at("name")?.text ?? $0) }
            }
            if rows.count < size { break }
        }
        return found
    }

    /// A client's id begins with its app's, unless the operator says otherwise.
    private static func app(_ settings: PlatformSettings) -> String {
        settings.values["app_id"] ?? settings.clientID?.split(separator: "-").first.map(String.init) ?? ""
    }

    public func credentials(for accountID: String, _ client: VendorClient) async throws -> Credentials? {
        guard client.fields["user_type"] == Self.agency, let company = client.fields["company_id"] else { return nil }
        let form: Pairs = ["companyId": company, "locationId": accountID]
        let response = try await client.send(VendorRequest(.post, "/oauth/locationToken", body: .form(form)))
        let reply = response.json
        guard let token = reply.at("access_token")?.text else {
            throw VendorFault.schema(field: "access_token", message: "The agency's sign-in gave no token.")
        }
        var own = Credentials(
            accessToken: token, refreshToken: reply.at("refresh_token")?.text,
            expiresAt: reply.at("expires_in")?.number.map { response.receivedAt.addingTimeInterval($0) },
            scopes: reply.at("scope")?.text?.split(separator: " ").map(String.init) ?? [])
        own.fields = ["location_id": accountID, "company_id": company, "user_type": "Location"]
        return own
    }
}
