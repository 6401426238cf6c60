import Mongo
import Tenancy

/// The orders of a connection that has them from a shop and tells them once more.
public struct RetoldOrders: Sendable, Equatable {
    public let orders: Int
    /// No other source has any: so they count.
    public let isCounted: Bool
    /// Sources whose orders count.
    public let countedFrom: [SourceState]
}

extension CustomerFigures {
    /// Nil where the connection's orders are its own, or it has brought none.
    public func retoldOrders(of connectionID: String) async throws -> RetoldOrders? {
        let state = try await dataState()
        guard state.sources.contains(where: { $0.connectionID == connectionID && $0.retellsOrders == true }) else {
            return nil
        }
        let count = try await orders(of: connectionID)
        guard count > 0 else { return nil }
        return RetoldOrders(
            orders: count, isCounted: !state.isRetold(connectionID),
            countedFrom: state.sources.filter { $0.lastOrderAt != nil && !state.isRetold($0.connectionID) })
    }
}
