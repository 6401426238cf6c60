import BSON
import Foundation
import Mongo
import Records
import Tenancy
import Vault

/// What a source states about its own days, or why that cannot be said.
public enum SummaryReply: Sendable {
    case days([SourceDay])
    /// The platform has no summary of its own.
    case none
    /// It has one and did not give it: the code of a cause, and what the vendor said.
    case refused(code: String, detail: String?)
}

extension ConnectionsService {
    /// How a platform counts its days; nil where it states none.
    public func summaryRules(_ platform: String) -> SummaryRules? { (try? connector(platform))?.summary?.rules }

    /// The proper name of a platform.
    public func platformName(_ platform: String) -> String { (try? connector(platform))?.name ?? platform }

    /// Asks a source for its own figures of some days: a read like any other, through breaker, limiter and statistics.
    public func summary(
        _ scope: TenantScope, _ connection: Connection, days: (from: Day, to: Day)
    ) async throws -> SummaryReply {
        let connector = try connector(connection.platform)
        guard let source = connector.summary else { return .none }
        let client = try calls(scope, connection, for: connector).client
        do {
            return .days(try await source.read(days, client))
        } catch let fault as VendorFault {
            let words = FaultWords(fault)
            return .refused(code: words.code, detail: words.detail)
        }
    }

    /// The rows a source counts between two moments; nil where it does not list them, or not now.
    public func summaryRows(
        _ scope: TenantScope, _ connection: Connection, span: (from: Date, to: Date)
    ) async throws -> [SourceRow]? {
        let connector = try connector(connection.platform)
        guard let read = connector.summary?.rows else { return nil }
        do {
            return try await read(span, try calls(scope, connection, for: connector).client)
        } catch is VendorFault {
            return nil
        }
    }

    /// Connections that are read and can be asked.
    public func connected(_ scope: TenantScope) async throws -> [Connection] {
        try await connections(scope).find(
            .and([.eq("status", "connected"), .ne("platform", "csv")]),
            sort: [.ascending("platform"), .ascending("label")], limit: 500)
    }

    /// The oldest of the last good readings of these streams; nil when one of them was never read.
    public func lastRead(_ scope: TenantScope, _ id: String, streams: [String]) async throws -> Date? {
        let states = try await states(scope).find(
            .and([.eq("connection_id", .string(id)), .in("stream", streams.map { .string($0) })]))
        guard states.count == streams.count, states.allSatisfy({ $0.lastOkAt != nil }) else { return nil }
        return states.compactMap(\.lastOkAt).min()
    }

    /// The streams of a platform, for telling which of them bring what.
    public func streamNames(_ platform: String) -> [String] {
        (try? connector(platform))?.streams.map(\.name) ?? []
    }

    /// Remembers with a connection how well its figures agree with the source's: a part of its health.
    public func noteReconciliation(_ scope: TenantScope, _ id: String, unexplained share: Double?) async throws {
        var update: Update = [.set("reconciled_at", .date(clock.now()))]
        update.append(share.map { .set("unexplained_share", .double($0)) } ?? .unset("unexplained_share"))
        _ = try await connections(scope).update(.id(id), update)
    }
}
