import Foundation
import Synchronization
import Web

/// Whose each token is, and whether it is an agency that signs in.
public final class AgencyBook: Sendable {
    private struct State {
        var signsIn = false
        var owners: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// From now on it is the agency, not one of its locations.
    public var signsIn: Bool {
        get { state.withLock { $0.signsIn } }
        set { state.withLock { $0.signsIn = newValue } }
    }

    func owner(of token: String) -> String? { state.withLock { $0.owners[token] } }

    func own(_ grant: TokenBook.Grant, _ owner: String) {
        state.withLock { state in
            state.owners[grant.access] = owner
            state.owners[grant.refresh] = owner
        }
    }
}

extension GoHighLevelServer {
    /// What only an agency's token may call.
    func agencys(_ call: VendorCall) throws -> VendorReply? {
        switch "\(call.method) \(call.path)" {
        case "GET /oauth/installedLocations":
            try call.allow(query: ["skip", "limit"], required: ["companyId", "appId"])
            try call.require(
                call.query("companyId") == Self.company && call.query("appId") == "app0000000001", "company and app")
            let rows = installed.dropFirst(call.number("skip", or: 0)).prefix(call.number("limit", or: 20))
            return .json([
                "locations": .array(Array(rows)), "count": .int(Int64(installed.count)),
                "installToFutureLocations": false,
            ])
        case "POST /oauth/locationToken":
            try call.require(header: "Content-Type") { $0.hasPrefix("application/x-www-form-urlencoded") }
            try call.require(call.form.keys.sorted() == ["companyId", "locationId"], "companyId and locationId")
            let id = call.form["locationId"] ?? ""
            guard call.form["companyId"] == Self.company, [Self.location, Self.branch].contains(id) else {
                return failure(400, "Location not found")
            }
            let grant = tokens.issue()
            agency.own(grant, id)
            return .json([
                "access_token": .string(grant.access), "token_type": "Bearer", "expires_in": 86_399,
                "refresh_token": .string(grant.refresh), "scope": "contacts.readonly locations.readonly",
                "locationId": .string(id), "userId": "user1",
            ])
        default: return nil
        }
    }

    private var installed: [JSONValue] {
        let name = world.company.name
        return [
            ["_id": .string(Self.location), "name": .string(name), "address": "1 Main St", "isInstalled": true],
            ["_id": "loc0123456789WITHOUT", "name": "Not ours", "address": "", "isInstalled": false],
            ["_id": .string(Self.branch), "name": .string(name + " Porto"), "address": "", "isInstalled": true],
        ]
    }
}
