import Accounts
import Customers
import Foundation
import Tenancy
import Vault
import Web

/// Rule segments over JSON.
struct RuleAPI: Sendable {
    let rules: EyesRules
    let eyes: EyesAPI

    @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let known = try await rules.list(context.scope)
        let speech = try await rules.speech(context.scope, eyes.speech(context), known)
        return try await eyes.answer(context) { _, json in
            json.array("data", known) { json, rule in
                json.object { json in RuleResource(rule: rule, speech: speech).write(to: &json) }
            }
            EyesAPI.page(&json, limit: StoredRule.most, total: known.count, next: nil)
        }
    }

    @Sendable func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(RuleCreation.self, request, context)
        let rule = try await rules.create(
            context.scope, name: body.name.trimmingCharacters(in: .whitespacesAndNewlines), try body.rule.rule(),
            requestID: context.requestID)
        return try await one(rule, context, status: .created)
    }

    @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try await one(try await known(context), context)
    }

    @Sendable func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(RuleChange.self, request, context)
        let rule = try await rules.change(
            context.scope, try context.parameters.require("id"), name: body.name, rule: try body.rule?.rule(),
            version: body.version, requestID: context.requestID)
        return try await one(rule, context)
    }

    @Sendable func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        try await rules.delete(
            context.scope, try context.parameters.require("id"), requestID: context.requestID)
        return Response(status: .noContent)
    }

    @Sendable func rebuild(_ request: Request, _ context: APIContext) async throws -> Response {
        let job = try await rules.rebuild(
            context.scope, try context.parameters.require("id"), requestID: context.requestID)
        return .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job)"]) { json in
            json.object { json in json.field("job_id", job) }
        }
    }

    @Sendable func estimate(_ request: Request, _ context: APIContext) async throws -> Response {
        let rule = try await JSONBody.decode(RuleQuestion.self, request, context).rule.rule()
        let (estimate, examples) = try await rules.estimate(context.scope, rule)
        let speech = try await rules.speech(
            context.scope, eyes.speech(context), try await rules.list(context.scope))
        let badges = try await badges(examples.map(\.customerID), context)
        return .json { json in
            json.object { json in
                json.field("size", estimate.size)
                json.field("low", estimate.low)
                json.field("high", estimate.high)
                json.field("is_exact", estimate.isExact)
                json.field("asked", estimate.asked)
                json.field("population", estimate.population)
                json.field("excluded_by_consent", estimate.leftOut)
                json.array("sample", examples) { json, example in
                    RuleResource.write(
                        example.customerID, badges[example.customerID], example.facts, rule, speech, to: &json)
                }
            }
        }
    }

    @Sendable func members(_ request: Request, _ context: APIContext) async throws -> Response {
        let rule = try await known(context)
        let query = Query(request)
        let limit = try query.limit()
        let after = try query.cursor(for: "eyes.rule.members")?["id"]?.stringValue
        let found = try await rules.store(context.scope).members(rule, after: after, limit: limit + 1)
        let shown = Array(found.prefix(limit))
        let badges = try await badges(shown.map(\.customerID), context)
        let speech = try await rules.speech(
            context.scope, eyes.speech(context), try await rules.list(context.scope))
        let next = found.count > limit ? shown.last?.customerID : nil
        return .json { json in
            json.object { json in
                json.field("rule_id", rule.id)
                json.field("built_at", rule.built?.builtAt)
                json.array("data", shown) { json, member in
                    RuleResource.write(
                        member.customerID, badges[member.customerID], rule.isBehind ? [] : member.facts, rule.rule,
                        speech, to: &json)
                }
                EyesAPI.page(
                    &json, limit: limit, total: rule.built?.size ?? 0,
                    next: next.map { Cursor.encode(["id": .string($0)], for: "eyes.rule.members") })
            }
        }
    }

    // MARK: Parts

    private func known(_ context: APIContext) async throws -> StoredRule {
        guard let rule = try await rules.get(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        return rule
    }

    /// Of those whose consent still stands.
    private func badges(_ ids: [String], _ context: APIContext) async throws -> [String: CustomerBadge] {
        let now = rules.service.clock.now()
        return try await CustomerStore(context.scope, rules.service.database).badges(ids)
            .filter { $0.value.mayBeUsed(at: now) }
    }

    private func one(
        _ rule: StoredRule, _ context: APIContext, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let speech = try await rules.speech(
            context.scope, eyes.speech(context), try await rules.list(context.scope))
        let sample = try await rules.sample(context.scope, rule)
        let badges = try await badges(sample.map(\.customerID), context)
        let uses = try await rules.uses(context.scope, rule.id)
        let headers: HTTPFields = status == .created ? [.location: "/api/v1/eyes/rules/\(rule.id)"] : [:]
        return .json(status: status, headers: headers) { json in
            json.object { json in
                RuleResource(rule: rule, speech: speech).write(to: &json)
                json.array("sample", sample) { json, member in
                    RuleResource.write(
                        member.customerID, badges[member.customerID], member.facts, rule.rule, speech, to: &json)
                }
                json.object("used_by") { json in
                    json.array("rules", uses.rules) { json, rule in json.value(rule.id) }
                    json.array("campaigns", uses.campaigns) { json, campaign in json.value(campaign.id) }
                }
            }
        }
    }
}
