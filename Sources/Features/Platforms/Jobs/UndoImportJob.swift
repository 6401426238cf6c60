import BSON
import Customers
import Foundation
import Jobs
import Tenancy
import Vault

/// Removes exactly what an import brought.
public struct UndoImportJob: JobHandler {
    public typealias Parameters = ImportJob.Parameters

    public static let kind = "import.undo"
    public static let stages = ["waiting", "removing", "finishing"]

    private let imports: Imports

    public init(_ imports: Imports) { self.imports = imports }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        let scope = try await imports.jobScope(context.job, requiring: .customerImport)
        let record = try await imports.get(scope, parameters.importID)
        guard record.state != .undone else {
            // Ended by a worker that died before it let go.
            return try await imports.release(scope, record.connectionID, holder: record.id)
        }
        try await imports.waitForTurn(scope, record, context)
        try await context.progress(stage: "removing", rowsDone: 0, expected: record.counts.new)
        let removed = try await imports.store(scope, record).undo()
        try await context.progress(stage: "finishing", rowsDone: record.counts.new, expected: record.counts.new)
        try await imports.update(
            scope, record.id,
            [.set("state", .string(ImportState.undone.rawValue)), .set("finished_at", .date(imports.clock.now()))])
        try await imports.note(
            scope, record, action: "import.undone", requestID: context.job.id,
            details: [
                "orders_removed": .int(removed.ordersNew), "orders_restored": .int(removed.ordersUpdated),
            ])
        try await imports.release(scope, record.connectionID, holder: record.id)
    }
}
