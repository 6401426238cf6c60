import Accounts
import Customers
import Learning
import Vault
import Web

extension EyesAPI {
    /// An answer about the published run: the envelope, then what `write` adds.
    func answer(_ context: APIContext, _ write: (EyesOverview, inout JSONWriter) -> Void) async throws -> Response {
        let overview = try await service.overview(context.scope)
        let speech = self.speech(context)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                write(overview, &json)
            }
        }
    }

    @Sendable func crossPlatform(_ request: Request, _ context: APIContext) async throws -> Response {
        var found: RunInsights?
        if let run = try await service.published(context.scope)?.run {
            found = try await service.insights(context.scope, run.id)
        }
        let currency = speech(context).currency
        return try await answer(context) { _, json in
            json.field("computed", found != nil)
            json.field("data", found.map { CrossPlatformResource(found: $0.crossPlatform, currency: currency) })
        }
    }

    @Sendable func learningInsights(_ request: Request, _ context: APIContext) async throws -> Response {
        var learning: EyesLearning?
        let published = try await service.published(context.scope)
        if let published { learning = try await service.learning(context.scope, published) }
        let speech = self.speech(context).of(published?.run)
        return try await answer(context) { _, json in
            json.field("runs", learning?.trends.count ?? 0)
            json.field("runs_needed", EyesLearning.leastRuns)
            json.field("data", learning.map { LearningResource(learning: $0, published: published, speech: speech) })
        }
    }

    // MARK: Segments

    /// Who came, who went and why, since the run before.
    @Sendable func diff(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let found = try await service.segment(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        let insights = try await service.insights(context.scope, found.published.run.id)
        let id = found.segment.id
        let flows = (insights?.flows ?? []).filter { $0.from == id || $0.to == id }
        let badges = try await CustomerStore(context.scope, service.database).badges(flows.flatMap(\.sample))
        let now = service.clock.now()
        let speech = self.speech(context).of(found.published.run)
        return try await answer(context) { _, json in
            json.field("segment_id", id)
            json.field("segment_run_id", found.published.run.id)
            json.field("former_run_id", insights?.formerRunID)
            json.field("computed", insights != nil)
            for (name, isJoin) in [("joined", true), ("left", false)] {
                json.array(name, flows.filter { isJoin ? $0.to == id : $0.from == id }) { json, flow in
                    json.object { json in
                        json.field(isJoin ? "from" : "to", isJoin ? flow.from : flow.to)
                        json.field("count", flow.count)
                        json.field("reasons", CountsJSON(flow.reasons))
                        json.field("words", speech.reasons(flow))
                        let shown = flow.sample.compactMap { badges[$0] }.filter { $0.mayBeUsed(at: now) }
                        json.array("sample_user_ids", shown) { json, badge in json.value(badge.token) }
                    }
                }
            }
        }
    }

    @Sendable func rename(_ request: Request, _ context: APIContext) async throws -> Response {
        struct Body: Decodable, Sendable { let label: String }
        guard let found = try await service.segment(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        let body = try await JSONBody.decode(Body.self, request, context)
        do {
            try await service.rename(
                context.scope, found.published, found.segment, to: body.label, requestID: context.requestID)
        } catch let error as EyesError {
            throw Eyes.errors(error) ?? .internalError
        }
        return try await segment(request, context)
    }

    /// A fresh run, also when nothing has changed.
    @Sendable func retrain(_ request: Request, _ context: APIContext) async throws -> Response {
        try await start(context, force: true)
    }
}

/// Counts by name, in order of name.
struct CountsJSON: JSONWritable {
    let counts: [String: Int]

    init(_ counts: [String: Int]) { self.counts = counts }

    func write(to json: inout JSONWriter) {
        json.object { json in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { json.field(name, count) }
        }
    }
}

/// Channels in JSON.
struct CrossPlatformResource: JSONWritable {
    let found: CrossPlatform
    let currency: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("days", CrossPlatform.days)
            json.field("users", found.users)
            json.field("events", found.events)
            json.field("orders", found.orders)
            json.field("multi_channel_users", found.multiChannelUsers)
            json.field("single_channel_users", found.singleChannelUsers)
            json.field("avg_channels_per_user", found.avgChannelsPerUser)
            json.field("channel_changes", found.channelChanges)
            json.field("transitions", found.transitions)
            json.field("avg_switching_rate", found.avgSwitchingRate)
            json.array("channels", found.channels) { json, channel in
                json.object { json in
                    json.field("channel", channel.name)
                    json.field("users", channel.users)
                    json.field("touches", channel.touches)
                }
            }
            json.array("top_journey_patterns", found.topJourneys) { json, journey in
                json.object { json in
                    json.array("channels", journey.channels) { json, channel in json.value(channel) }
                    json.field("count", journey.count)
                    json.field("conversions", journey.conversions)
                    json.field("conversion", journey.conversion)
                    json.money("value", minor: journey.valueMinor, currency: currency)
                }
            }
            json.object("channel_correlation") { json in writeCorrelation(to: &json) }
            json.array("churn_by_channels", found.churnByChannels) { json, line in
                json.object { json in
                    json.field("channels", line.channels)
                    json.field("users", line.users)
                    json.field("scored", line.scored)
                    json.object("mean_risk") { json in
                        for (key, risk) in line.meanRisk.sorted(by: { $0.key < $1.key }) { json.field(key, risk) }
                    }
                }
            }
        }
    }

    private func writeCorrelation(to json: inout JSONWriter) {
        json.array("top_correlations", found.topCorrelations) { json, pair in
            json.object { json in
                json.array("channels", [pair.first, pair.second]) { json, name in json.value(name) }
                json.field("correlation", pair.correlation)
                json.field("p_value", pair.pValue)
                json.field("both", pair.both)
                json.field("only_first", pair.onlyFirst)
                json.field("only_second", pair.onlySecond)
                json.field("neither", pair.neither)
            }
        }
        json.object("correlation_matrix") { json in
            json.array("channels", found.channels.prefix(found.matrix.count)) { json, channel in
                json.value(channel.name)
            }
            json.array("values", found.matrix) { json, row in
                json.array { json in for value in row { json.value(value) } }
            }
        }
    }
}
