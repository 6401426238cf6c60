import Audit
import BSON
import Mongo
import Tenancy

/// What happened, in the words of 01 §14.
struct AccountEvent: Sendable {
    let event: AuditEvent
    let action: String
    let resourceType: String
    let resourceID: String
    var result: AuditResult = .ok

    static func change(_ action: String, _ type: String, _ id: String) -> AccountEvent {
        AccountEvent(event: .dataModification, action: action, resourceType: type, resourceID: id)
    }

    static func permission(_ action: String, _ type: String, _ id: String) -> AccountEvent {
        AccountEvent(event: .permissionChange, action: action, resourceType: type, resourceID: id)
    }

    static func configuration(_ action: String, _ type: String, _ id: String) -> AccountEvent {
        AccountEvent(event: .configurationChange, action: action, resourceType: type, resourceID: id)
    }

    static func security(_ action: String, _ userID: String) -> AccountEvent {
        AccountEvent(event: .securityEvent, action: action, resourceType: "user", resourceID: userID)
    }

    static func login(_ userID: String) -> AccountEvent {
        AccountEvent(event: .login, action: "auth.signed_in", resourceType: "user", resourceID: userID)
    }

    static func logout(_ userID: String) -> AccountEvent {
        AccountEvent(event: .logout, action: "auth.signed_out", resourceType: "user", resourceID: userID)
    }

    static func loginFailed(_ userID: String) -> AccountEvent {
        AccountEvent(
            event: .loginFailed, action: "auth.sign_in_failed", resourceType: "user", resourceID: userID,
            result: .failed)
    }
}

extension AccountsService {
    /// Writes an audit row; if it cannot be written, the act does not happen.
    nonisolated(nonsending) func record(
        _ scope: TenantScope, _ event: AccountEvent, details: BSONDocument = [:], before: BSONDocument? = nil,
        after: BSONDocument? = nil, client: ClientInfo, in transaction: MongoTransaction? = nil
    ) async throws {
        // The demo's log is open to all who try it, so it does not say from where the others came.
        let isDemo = scope.organization.kind == .demo
        let entry = AuditEntry(
            event.event, event.action, on: event.resourceType, event.resourceID, result: event.result,
            details: details, before: before, after: after,
            origin: isDemo ? nil : AuditOrigin(address: client.address, userAgent: client.userAgent))
        try await audit.record(scope, entry, requestID: client.requestID, in: transaction)
    }
}
