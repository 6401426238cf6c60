import Accounts
import Customers
import Foundation
import Jobs
import NIOCore
import Tenancy
import Vault
import Web

/// The pages of the file import: list and upload, mapping, progress, result.
struct ImportPages: Sendable {
    static let rowsPerPage = 50
    static let problemsShown = 100
    static let requestsShown = 20

    let imports: Imports

    func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await index(request, context, failure: nil)
    }

    private func index(
        _ request: Request, _ context: TenantPageContext, failure: ImportFailure?,
        status: HTTPResponse.Status = .unprocessableContent
    ) async throws -> Response {
        let before = try TimeCursor.read(Query(request), list: "imports")
        var records = try await imports.list(context.scope, before: before, limit: Self.rowsPerPage + 1)
        let hasMore = records.count > Self.rowsPerPage
        if hasMore { records.removeLast() }
        let page = ImportsPage(
            records: records, next: hasMore ? records.last : nil,
            sent: try await Ingest(imports: imports).list(context.scope, limit: Self.requestsShown), failure: failure,
            path: context.path("/imports"), now: imports.clock.now(), words: context.localizer)
        return try await context.page(page, status: failure == nil ? .ok : status)
    }

    func upload(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        do {
            let upload = try await ImportUpload.open(request, query: Query(request))
            let record = try await imports.receive(
                context.scope, fileName: upload.fileName, chunks: upload.chunks, requestID: context.requestID)
            return try await context.redirect(to: context.path("/imports/\(record.id)"))
        } catch ImportError.unreadable(let failure) {
            return try await index(request, context, failure: failure)
        } catch ImportError.diskFull {
            return try await index(
                request, context, failure: ImportFailure("disk_full"), status: .serviceUnavailable)
        } catch ImportError.notWritable {
            return try await index(
                request, context, failure: ImportFailure("not_writable"), status: .serviceUnavailable)
        } catch let problem as Problem where problem.code == "upload_cut_off" || problem.status == .unprocessableContent
        {
            let code = problem.code == "upload_cut_off" ? "cut_off" : "no_file"
            return try await index(request, context, failure: ImportFailure(code))
        }
    }

    func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await show(context, context.parameters.require("id"), error: nil)
    }

    private func show(
        _ context: TenantPageContext, _ id: String, error: ImportError?
    ) async throws -> Response {
        let (record, job) = try await imports.current(context.scope, id)
        let words = context.localizer
        let base = context.path("/imports/\(id)")
        let frame = ImportFrame(record: record, base: base, path: context.path("/imports"), words: words)
        switch record.state {
        case .uploaded, .failed:
            let check = try? await imports.dryRun(context.scope, id)
            let earlier = try await imports.earlier(context.scope, record)
            let page = ImportPage(
                mapping: record, check: check, earlier: earlier, error: error,
                currency: context.scope.organization.currency,
                frame: frame)
            return try await context.page(page, status: error == nil ? .ok : .unprocessableContent)
        case .queued, .running, .undoing:
            return try await context.page(ImportPage(progress: record, job: job, frame: frame))
        case .finished, .undone:
            let problems = try await imports.problems(context.scope, id, limit: Self.problemsShown)
            let figures = try await CustomerFigures(context.scope, imports.database).dataState()
            return try await context.page(
                ImportPage(
                    result: record, problems: problems, state: figures, home: context.path("/home"), frame: frame))
        }
    }

    func map(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let change = MappingChange(try await Form.read(request))
        do {
            _ = try await imports.map(context.scope, id, change, requestID: context.requestID)
            return try await context.redirect(to: context.path("/imports/\(id)"))
        } catch let error as ImportError {
            if case .notFound = error { throw error }
            return try await show(context, id, error: error)
        }
    }

    func run(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let form = try await Form.read(request)
        let days = Int(form["consent_days"]) ?? ConsentConfirmation.standardDays
        let confirmation = form.has("consent") ? ConsentConfirmation(days: days) : nil
        do {
            _ = try await imports.start(context.scope, id, confirmation: confirmation, requestID: context.requestID)
            return try await context.redirect(to: context.path("/imports/\(id)"))
        } catch let error as ImportError {
            switch error {
            case .notFound: throw error
            case .wrongState: return try await context.redirect(to: context.path("/imports/\(id)"))
            default: return try await show(context, id, error: error)
            }
        }
    }

    func undo(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        _ = try await imports.startUndo(context.scope, id, requestID: context.requestID)
        return try await context.redirect(to: context.path("/imports/\(id)"))
    }

    /// Takes back what a program has sent in one request.
    func undoRequest(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        do {
            _ = try await Ingest(imports: imports).startUndo(
                context.scope, context.parameters.require("id"), requestID: context.requestID)
        } catch let problem as Problem where problem.status == .conflict {
            let key = problem.code == "ingest_later" ? "imports.sent.later" : "imports.sent.not_now"
            return try await context.redirect(to: context.path("/imports"), flash: Flash(.warning, key))
        }
        return try await context.redirect(
            to: context.path("/imports"), flash: Flash(.success, "imports.sent.undo_started"))
    }

    /// All stored problems as a file that spreadsheets open safely.
    func errors(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let record = try await imports.get(context.scope, context.parameters.require("id"))
        return ProblemFile(imports: imports, scope: context.scope, record: record, words: context.localizer).response()
    }

    /// A small file that shows how the rows of a template are written.
    func sample(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let name = try context.parameters.require("name")
        guard name.hasSuffix(".csv"), let template = ImportTemplate(rawValue: String(name.dropLast(4))) else {
            throw Problem.notFound()
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(template.rawValue)-sample.csv\"",
            ], body: .init(byteBuffer: ByteBuffer(string: template.sample + "\n")))
    }

    /// The progress of the job, until it ends.
    func stream(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let scope = context.scope
        _ = try await imports.get(scope, id)
        let base = context.path("/imports/\(id)")
        let path = context.path("/imports")
        let words = context.localizer
        let imports = imports
        return try context.events(request, needs: .customerImport) { sink in
            while true {
                let (record, job) = try await imports.current(scope, id)
                let frame = ImportFrame(record: record, base: base, path: path, words: words)
                guard [.queued, .running, .undoing].contains(record.state) else {
                    return try await sink.send(ServerEvent(event: "done", data: base))
                }
                let markup = ImportProgress(record: record, job: job, frame: frame).html
                try await sink.send(ServerEvent(event: "fragment", data: markup.html))
                try await Task.sleep(for: .milliseconds(700))
            }
        }
    }
}

/// A place in the list of imports.
enum TimeCursor {
    static func read(_ query: Query, list: String) throws -> (at: Date, id: String)? {
        guard let json = try query.cursor(for: list) else { return nil }
        guard let at = json["at"]?.int64Value, let id = json["id"]?.stringValue else {
            throw Problem.badRequest("invalid_cursor", "The cursor is damaged or belongs to another list.")
        }
        return (Date(timeIntervalSince1970: Double(at) / 1000), id)
    }

    static func text(_ record: ImportRecord, list: String) -> String {
        text(at: record.createdAt, id: record.id, list: list)
    }

    static func text(at date: Date, id: String, list: String) -> String {
        let at = Int64((date.timeIntervalSince1970 * 1000).rounded())
        return Cursor.encode(.object([.init("at", .int(at)), .init("id", .string(id))]), for: list)
    }
}

extension MappingChange {
    /// As the mapping form sends it: an empty column is one taken away.
    init(_ form: Form) {
        self.init(
            template: ImportTemplate(rawValue: form["template"]), encoding: TextEncoding(rawValue: form["encoding"]),
            delimiter: form["delimiter"].isEmpty ? nil : form["delimiter"] == "tab" ? "\t" : form["delimiter"],
            hasHeader: form["has_header"].isEmpty ? nil : form["has_header"] == "yes",
            dateFormat: DateFormat(rawValue: form["date_format"]),
            numberFormat: NumberFormat(rawValue: form["number_format"]),
            currency: form.trimmed("currency").isEmpty ? nil : form.trimmed("currency"),
            expiryFormat: DateFormat(rawValue: form["expiry_format"]))
        // Columns of the template that was shown say nothing about another one.
        guard template == nil || form["template"] == form["template_was"] else { return }
        for field in ImportField.allCases where form.has("column_" + field.rawValue) {
            columns[field] = .some(Int(form["column_" + field.rawValue]))
        }
    }
}
