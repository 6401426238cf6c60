import Accounts
import Foundation
import Jobs
import NIOCore
import Tenancy
import Vault
import Web

/// The API over platforms, connections and imports.
struct ImportsAPI: Sendable {
    let imports: Imports

    func platforms(_ request: Request, _ context: APIContext) async throws -> Response {
        .json { json in
            json.object { json in
                json.array("data", Platform.allCases) { json, platform in
                    json.object { json in
                        json.field("platform", platform.rawValue)
                        json.field("name", platform.name)
                        json.field("available", platform.isAvailable)
                    }
                }
            }
        }
    }

    func connections(_ request: Request, _ context: APIContext) async throws -> Response {
        let connections = try await imports.connections(in: context.scope)
        return .json(
            ListEnvelope(connections.map(ConnectionJSON.init), page: PageInfo(limit: 200, nextCursor: nil)))
    }

    func connect(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ConnectBody.self, request, context)
        guard let platform = Platform(rawValue: body.platform) else {
            let known = Platform.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.validation([
                .init(field: "platform", code: "unknown", message: "There is no such platform. Known are: \(known).")
            ])
        }
        guard platform.isAvailable else {
            throw Problem.validation([
                .init(
                    field: "platform", code: "not_available",
                    message: "\(platform.name) cannot be connected yet. Export its orders as CSV and import that file.")
            ])
        }
        let label = body.label?.trimmingCharacters(in: .whitespacesAndNewlines) ?? Imports.standardLabel
        guard 1...80 ~= label.count else {
            throw Problem.validation([.init(field: "label", code: "invalid", message: "1 to 80 characters.")])
        }
        let (connection, isNew) = try await imports.connect(context.scope, label: label, requestID: context.requestID)
        return .json(ConnectionJSON(connection), status: isNew ? .created : .ok)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let limit = try query.limit()
        var records = try await imports.list(
            context.scope, before: try TimeCursor.read(query, list: "imports"), limit: limit + 1)
        let hasMore = records.count > limit
        if hasMore { records.removeLast() }
        let next = hasMore ? records.last.map { TimeCursor.text($0, list: "imports") } : nil
        return .json(ListEnvelope(records.map(ImportJSON.init), page: PageInfo(limit: limit, nextCursor: next)))
    }

    func upload(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let upload = try await ImportUpload.open(request, query: query)
        let record = try await imports.receive(
            context.scope, fileName: upload.fileName, chunks: upload.chunks, connectionID: query["connection_id"],
            requestID: context.requestID)
        return .json(ImportJSON(record), status: .created, headers: [.location: "/api/v1/imports/\(record.id)"])
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let (record, job) = try await imports.current(context.scope, context.parameters.require("id"))
        return .json(ImportJSON(record, job: job))
    }

    func map(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(MappingBody.self, request, context)
        let record = try await imports.map(
            context.scope, context.parameters.require("id"), try body.change(), requestID: context.requestID)
        return .json(ImportJSON(record))
    }

    func dryRun(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(DryRunJSON(run: try await imports.dryRun(context.scope, context.parameters.require("id"))))
    }

    func run(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(RunBody.self, request, context)
        let (record, job) = try await imports.start(
            context.scope, id, confirmation: try body.confirmation(), requestID: context.requestID)
        return accepted(record, job)
    }

    func undo(_ request: Request, _ context: APIContext) async throws -> Response {
        let (record, job) = try await imports.startUndo(
            context.scope, context.parameters.require("id"), requestID: context.requestID)
        return accepted(record, job)
    }

    private func accepted(_ record: ImportRecord, _ job: Job) -> Response {
        .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job.id)"]) { json in
            json.object { json in
                json.field("job_id", job.id)
                json.field("import_id", record.id)
                json.field("state", record.state.rawValue)
            }
        }
    }

    /// JSON by pages, or all of it as CSV when that is what is accepted.
    func errors(_ request: Request, _ context: APIContext) async throws -> Response {
        let record = try await imports.get(context.scope, context.parameters.require("id"))
        if request.headers[.accept]?.contains("text/csv") == true {
            return ProblemFile(imports: imports, scope: context.scope, record: record, words: nil).response()
        }
        let query = Query(request)
        let limit = try query.limit()
        let after = try query.cursor(for: "import_errors")?["line"]?.int64Value ?? 0
        var problems = try await imports.problems(
            context.scope, record.id, afterLine: Int(after), limit: limit + 1)
        let hasMore = problems.count > limit
        if hasMore { problems.removeLast() }
        let next =
            hasMore
            ? problems.last.map { Cursor.encode(.object([.init("line", .int(Int64($0.line)))]), for: "import_errors") }
            : nil
        return .json(
            ListEnvelope(
                problems.map(ProblemJSON.init),
                page: PageInfo(limit: limit, nextCursor: next, total: record.counts.quarantined)))
    }
}
