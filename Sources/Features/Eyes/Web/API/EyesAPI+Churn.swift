import Accounts
import Customers
import Foundation
import NIOCore
import Vault
import Web

extension EyesAPI {
    // MARK: Churn

    @Sendable func churn(_ request: Request, _ context: APIContext) async throws -> Response {
        let query = Query(request)
        let list = try ListQuery(query)
        if let format = ListFormat.accepted(request) { return try await file(list, format, context) }
        let filter = list.filter
        let limit = try query.limit()
        let from = try query.cursor(for: "eyes.churn")?["place"]?.int64Value.map(Int.init) ?? 0
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context).of(overview.published?.run)
        let envelope = EyesEnvelope(overview: overview, speech: speech)
        guard let published = overview.published, let report = published.run.report(filter.horizon) else {
            return .json { json in
                json.object { json in
                    envelope.write(to: &json)
                    json.array("data") { _ in }
                    Self.page(&json, limit: limit, total: 0, next: nil)
                }
            }
        }
        let now = service.clock.now()
        func make() async throws -> (ByteBuffer, [CustomerBadge]) {
            let page = try await ChurnPage.load(
                service, context.scope, published, filter, fromPlace: from, limit: limit)
            let list = ChurnListResource(
                envelope: envelope, published: published, report: report, page: page, limit: limit, now: now)
            return (list.jsonBuffer(capacity: 65_536), Array(page.badges.values))
        }
        if list.isOfRule { return .json(buffer: try await make().0) }
        let key = overview.key(
            "churn \(list.query) \(from) \(limit)", of: published.run, context.scope, context.locale)
        let version = try await service.dataVersion(context.scope)
        return .json(
            buffer: try await service.memory.answers.list(key, version: version, now: now, make: make))
    }

    /// The whole list as a file.
    private func file(_ list: ListQuery, _ format: ListFormat, _ context: APIContext) async throws -> Response {
        guard let published = try await service.published(context.scope) else { throw Problem.notFound() }
        return try await ScoreExport(
            service: service, scope: context.scope, published: published, list: list, format: format,
            speech: speech(context).of(published.run)
        ).response(requestID: context.requestID)
    }

    @Sendable func customerChurn(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("user_id")
        let wanted = try Query(request)["timeframe"].map { text in
            guard let horizon = Horizon(timeframe: text) else {
                throw Problem.badRequest("eyes_timeframe", "The timeframe is 30d, 60d or 90d.")
            }
            return horizon
        }
        let overview = try await service.overview(context.scope)
        guard let published = overview.published else { throw Problem.notFound() }
        let now = service.clock.now()
        let key = overview.key(
            "customer \(id) \(wanted?.key ?? "all")", of: published.run, context.scope, context.locale)
        let version = try await service.dataVersion(context.scope)
        let buffer = try await service.memory.answers.person(key, version: version, now: now) {
            guard let found = try await service.scored(context.scope, id, published) else { throw Problem.notFound() }
            let badge = found.badge
            guard badge.mayBeUsed(at: now) else { throw Problem.gone() }
            guard let stored = found.score else { throw Problem.notFound() }
            let answer = CustomerScoreResource(
                id: id, envelope: EyesEnvelope(overview: overview, speech: speech(context).of(published.run)),
                published: published, stored: stored, former: found.former, badge: badge, wanted: wanted, now: now)
            return (answer.jsonBuffer(capacity: 8_192), [badge])
        }
        return .json(buffer: buffer)
    }

    // MARK: Models and runs

    @Sendable func performance(_ request: Request, _ context: APIContext) async throws -> Response {
        let overview = try await service.overview(context.scope)
        let envelope = EyesEnvelope(overview: overview, speech: speech(context))
        return .json { json in
            json.object { json in
                envelope.write(to: &json)
                json.array("data", envelope.run?.result.horizons ?? []) { json, report in
                    json.object { json in
                        json.field("timeframe", report.horizon.timeframe)
                        envelope.writeGate(report, to: &json)
                        if let card = report.card {
                            json.field("accuracy", card.accuracy)
                            json.object("model_performance") { json in
                                json.field("precision", card.precision)
                                json.field("recall", card.recall)
                                json.field("f1_score", card.f1)
                            }
                            json.field("brier", card.brier)
                            json.field("log_loss", card.logLoss)
                            json.field("ece", card.ece)
                            json.field("ece_after_calibration", report.serving?.calibrationError)
                            json.field("card", card.modelVersion)
                        }
                    }
                }
            }
        }
    }

    @Sendable func model(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await service.model(context.scope, try context.parameters.require("version")) else {
            throw Problem.notFound()
        }
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                json.field("model_run_id", found.published.run.id)
                json.key("data")
                json.raw(CodableJSON.text(found.card))
                json.array("limits_in_words", found.card.limits) { json, limit in
                    json.value(speech.t("limit.\(limit)"))
                }
            }
        }
    }

    @Sendable func runs(_ request: Request, _ context: APIContext) async throws -> Response {
        let limit = try Query(request).limit()
        let overview = try await service.overview(context.scope)
        let runs = try await service.store(context.scope).runSummaries(limit: limit)
        let speech = self.speech(context)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                json.array("data", runs) { json, run in
                    RunResource(run: run, isPublished: run.id == overview.state.publishedRunID).write(to: &json)
                }
                Self.page(&json, limit: limit, total: runs.count, next: nil)
            }
        }
    }

    @Sendable func run(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await service.run(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                json.field(
                    "data",
                    RunDetailResource(
                        run: found.run, isPublished: found.run.id == overview.state.publishedRunID))
            }
        }
    }

    // MARK: Configuration

    @Sendable func config(_ request: Request, _ context: APIContext) async throws -> Response {
        let state = try await service.store(context.scope).state()
        return try await configResponse(state, context)
    }

    @Sendable func configure(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ConfigBody.self, request, context)
        do {
            guard
                let state = try await service.configure(
                    context.scope, body.config, version: body.version, requestID: context.requestID)
            else { throw Problem.conflict("eyes_config_version", "The configuration was changed meanwhile.") }
            return try await configResponse(state, context)
        } catch let error as EyesError {
            throw Eyes.errors(error) ?? .internalError
        }
    }

    /// The release is under `code_version` here: `version` is the set-up's own.
    private func configResponse(_ state: EyesState, _ context: APIContext) async throws -> Response {
        let overview = try await service.overview(context.scope)
        let envelope = EyesEnvelope(overview: overview, speech: speech(context))
        return .json { json in
            json.object { json in
                envelope.write(to: &json, release: "code_version")
                json.field("version", state.configVersion)
                json.key("config")
                json.raw(CodableJSON.text(state.config))
            }
        }
    }
}

/// What a change of configuration sends: the whole configuration and the version it was made from.
struct ConfigBody: Decodable, Sendable {
    let version: Int64
    let config: EyesConfig
}
