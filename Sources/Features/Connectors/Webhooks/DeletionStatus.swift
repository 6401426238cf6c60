import BSON
import Foundation
import Tenancy

/// What a confirmation code stands for.
public struct ConfirmedDeletion: Sendable, Equatable {
    /// The vendor's event that the code was given for.
    public let eventID: String
    /// Whether the code itself proves that we gave it.
    public let isOurs: Bool
}

/// How far the removal of a person's data is, with nothing in it that says whose.
public struct DeletionStatus: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// There was nothing of this person, or the request has only just come.
        case nothing
        case open, completed, refused
    }

    public let state: State
    public let receivedAt: Date?
    public let dueAt: Date?
    public let closedAt: Date?
}

extension DataRequests {
    /// By the code that the platform has told the person; nil for a code that we never gave.
    public func status(confirmedBy code: String) async throws -> DeletionStatus? {
        for connector in service.connectors {
            let settings = service.settings(connector)
            guard let deletion = connector.deletion(confirmedBy: code, settings: settings) else { continue }
            let found = try await requests(deletion.eventID)
            if !found.isEmpty { return Self.status(found) }
            if deletion.isOurs { return DeletionStatus(state: .nothing, receivedAt: nil, dueAt: nil, closedAt: nil) }
        }
        return nil
    }

    private func requests(_ eventID: String) async throws -> [DataRequest] {
        var found: [DataRequest] = []
        for id in try await service.site.asked(eventID) {
            guard let scope = try await service.memberships.jobScope(organizationID: id, startedBy: nil) else {
                continue
            }
            found += try await TenantCollection<DataRequest>(scope, service.database).find(
                .eq("vendor_event_id", .string(eventID)), limit: 100)
        }
        return found
    }

    /// Of several organizations' requests the one that is furthest behind.
    private static func status(_ found: [DataRequest]) -> DeletionStatus {
        let state: DeletionStatus.State =
            found.contains { $0.state == .open }
            ? .open : found.contains { $0.state == .refused } ? .refused : .completed
        return DeletionStatus(
            state: state, receivedAt: found.map(\.receivedAt).min(),
            dueAt: state == .open ? found.filter { $0.state == .open }.map(\.dueAt).max() : nil,
            closedAt: state == .open ? nil : found.compactMap(\.closedAt).max())
    }
}
