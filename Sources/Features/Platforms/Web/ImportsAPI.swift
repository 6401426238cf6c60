import Accounts
import Foundation
import Jobs
import NIOCore
import Tenancy
import Vault
import Web

/// The API over imports.
struct ImportsAPI: Sendable {
    let imports: Imports

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
            context.scope, fileName: upload.fileName, chunks: upload.chunks,
            template: try query.choice("template", ImportTemplate.self), connectionID: query["connection_id"],
            requestID: context.requestID)
        return .json(ImportJSON(record), status: .created, headers: [.location: "/api/v1/imports/\(record.id)"])
    }

    /// What files may hold, and which columns are looked for.
    func templates(_ request: Request, _ context: APIContext) async throws -> Response {
        .json { json in
            json.object { json in
                json.array("data", ImportTemplate.allCases) { json, template in
                    json.object { json in
                        json.field("template", template.rawValue)
                        json.array("fields", template.fields) { json, field in
                            json.object { json in
                                json.field("name", field.rawValue)
                                json.field("required", template.required.contains(field))
                            }
                        }
                        json.field("sample", template.sample)
                    }
                }
            }
        }
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
        let id = try context.parameters.require("id")
        let record = try await imports.get(context.scope, id)
        return .json(
            DryRunJSON(run: try await imports.dryRun(context.scope, id), template: record.mapping.template))
    }

    func run(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let body = try await JSONBody.decode(RunBody.self, request, context)
        let template = try await imports.get(context.scope, id).mapping.template
        let (record, job) = try await imports.start(
            context.scope, id, confirmation: try body.confirmation(of: template), requestID: context.requestID)
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
