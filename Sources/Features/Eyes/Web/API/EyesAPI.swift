import Accounts
import Customers
import Foundation
import Tenancy
import Vault
import Web

/// EYES over JSON (03 §18). Every answer carries run, as-of, gates and consent counts.
struct EyesAPI: Sendable {
    let service: EyesService
    let renderer: PageRenderer

    func speech(_ context: APIContext) -> EyesSpeech {
        let organization = context.scope.organization
        let words = renderer.words(context.locale, zone: ZoneRules.named(organization.timeZone) ?? .utc)
        return EyesSpeech(words, currency: organization.currency)
    }

    var table: APITable<APIContext> { APITable("eyes", EyesAPIRoutes(api: self).all) }

    var aliasTable: APITable<APIContext> {
        let routes = EyesAPIRoutes(api: self)
        return APITable(
            "eyes.alias",
            [
                routes.segments(id: "listSegmentsAlias"),
                routes.segmentsOfTimeframe(id: "listSegmentsOfTimeframeAlias"),
            ])
    }

    // MARK: Starting

    @Sendable func start(_ request: Request, _ context: APIContext) async throws -> Response {
        try await start(context, force: false)
    }

    func start(_ context: APIContext, force: Bool) async throws -> Response {
        let started: EyesStart
        do {
            started = try await service.start(context.scope, requestID: context.requestID, force: force)
        } catch let error as EyesError {
            throw Eyes.errors(error) ?? .internalError
        }
        let envelope = EyesEnvelope(overview: try await service.overview(context.scope), speech: speech(context))
        switch started {
        case .queued(let jobID):
            // The name is made from the rows, so it is known once they are loaded: see the job's result.
            return Self.started(
                .accepted, "/api/v1/jobs/\(jobID)", state: "queued", jobID: jobID, runID: nil, envelope)
        case .finished(let runID):
            return Self.started(
                .ok, "/api/v1/eyes/runs/\(runID)", state: "identical", jobID: nil, runID: runID, envelope)
        }
    }

    static func started(
        _ status: HTTPResponse.Status, _ location: String, state: String, jobID: String?, runID: String?,
        _ envelope: EyesEnvelope
    ) -> Response {
        .json(status: status, headers: [.location: location]) { json in
            json.object { json in
                json.field("state", state)
                json.field("job_id", jobID)
                json.field("run_id", runID)
                envelope.writeRun(to: &json)
            }
        }
    }

    // MARK: Segments

    @Sendable func segments(_ request: Request, _ context: APIContext) async throws -> Response {
        try await segments(context, horizons: Horizon.allCases)
    }

    @Sendable func segmentsOfTimeframe(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let horizon = Horizon(timeframe: try context.parameters.require("timeframe")) else {
            throw Problem.badRequest("eyes_timeframe", "The timeframe is 30d, 60d or 90d.")
        }
        return try await segments(context, horizons: [horizon])
    }

    private func segments(_ context: APIContext, horizons: [Horizon]) async throws -> Response {
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context).of(overview.published?.run)
        let segments = overview.published?.segments ?? []
        let tokens = try await tokens(segments.flatMap(\.sampleCustomerIDs), context.scope)
        let envelope = EyesEnvelope(overview: overview, speech: speech)
        let shown = segments.filter { $0.kind != .unclustered }
        return .json { json in
            json.object { json in
                envelope.write(to: &json)
                json.array("data", shown) { json, segment in
                    SegmentResource(segment: segment, speech: speech, horizons: horizons, tokens: tokens)
                        .write(to: &json)
                }
                if let population = envelope.run?.result.population {
                    json.object("gone") { json in json.field("size", population.gone) }
                    json.object("unclustered") { json in
                        json.field("size", segments.first { $0.kind == .unclustered }?.size ?? 0)
                    }
                    json.object("no_activity") { json in json.field("size", population.noActivity) }
                }
                json.object("page") { json in json.field("total", shown.count) }
            }
        }
    }

    /// Only of those whose consent still stands.
    private func tokens(_ ids: [String], _ scope: TenantScope) async throws -> [String: String] {
        guard !ids.isEmpty else { return [:] }
        let now = service.clock.now()
        return try await CustomerStore(scope, service.database).badges(ids)
            .filter { $0.value.mayBeUsed(at: now) }.mapValues(\.token)
    }

    @Sendable func segment(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await service.segment(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context).of(found.published.run)
        let tokens = try await tokens(found.segment.sampleCustomerIDs, context.scope)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                json.field("segment_run_id", found.published.run.id)
                json.key("data")
                SegmentResource(segment: found.segment, speech: speech, tokens: tokens, isWhole: true).write(to: &json)
            }
        }
    }

    @Sendable func members(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await service.segment(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        let query = Query(request)
        let limit = try query.limit()
        let from = try query.cursor(for: "eyes.members")?["place"]?.int64Value.map(Int.init) ?? 0
        let overview = try await service.overview(context.scope)
        let envelope = EyesEnvelope(overview: overview, speech: speech(context))
        let now = service.clock.now()
        let key = overview.key(
            "members \(found.segment.id) \(from) \(limit)", of: found.published.run, context.scope, context.locale)
        let version = try await service.dataVersion(context.scope)
        let buffer = try await service.memory.answers.list(key, version: version, now: now) {
            let page = try await MemberPage.load(
                service, context.scope, found.published, found.segment, fromPlace: from, limit: limit)
            let list = MemberListResource(
                envelope: envelope, segment: found.segment, page: page, limit: limit, now: now)
            return (list.jsonBuffer(capacity: 32_768), Array(page.badges.values))
        }
        return .json(buffer: buffer)
    }

    static func page(_ json: inout JSONWriter, limit: Int, total: Int, next: String?) {
        json.object("page") { json in
            json.field("next_cursor", next)
            json.field("limit", limit)
            json.field("total", total)
            json.field("total_is_exact", true)
        }
    }
}
