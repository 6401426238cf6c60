import Accounts
import Audit
import Jobs
import NIOCore
import Tenancy
import Web

extension EyesController {
    /// What a finished run's page says about repeating it.
    func repeating(_ run: StoredRun, _ context: TenantPageContext) async throws -> RunRepeating {
        RunRepeating(
            hasInput: try await service.store(context.scope).hasInput(of: run.id),
            repetitions: try await service.repetitions(context.scope, of: run.id), mayRun: context.can(.eyesRun),
            mayExport: context.can(.analyticsExport))
    }

    /// Runs again and compares.
    @Sendable func repeatRun(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard try await service.run(context.scope, id) != nil else { throw Problem.notFound() }
        let job = try await service.repeatRun(context.scope, id)
        return try await context.redirect(to: context.eyesPaths.repetition(id, job.id))
    }

    @Sendable func repetition(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let run = try await service.run(context.scope, id)?.run,
            let job = try await service.repetition(
                context.scope, of: id, jobID: try context.parameters.require("job"))
        else { throw Problem.notFound() }
        let pages = RunPages(speech: context.speech.of(run), paths: context.eyesPaths)
        return try await context.page(pages.repetition(job, of: run), refresh: job.state.isFinal ? nil : 3)
    }

    /// The kept input as `omnify eyes run --from` takes it.
    @Sendable func input(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let (store, scope) = (service.store(context.scope), context.scope)
        guard try await service.run(scope, id) != nil, let head = try await store.inputPart(0, of: id) else {
            throw Problem.notFound()
        }
        try await service.audit.record(
            scope, AuditEntry(.dataAccess, "eyes.input_exported", on: "eyes_run", id), requestID: context.requestID)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(id).snapshot\"", .cacheControl: "private, no-store",
            ],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(bytes: head.bytes))
                var part = 1
                while let next = try await store.inputPart(part, of: id) {
                    try await writer.write(ByteBuffer(bytes: next.bytes))
                    part += 1
                }
                try await writer.finish(nil)
            })
    }
}
