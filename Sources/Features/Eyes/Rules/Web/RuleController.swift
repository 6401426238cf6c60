import Accounts
import Customers
import Foundation
import Tenancy
import Vault
import Web

/// The pages of rule segments.
struct RuleController: Sendable {
    let rules: EyesRules

    private var service: EyesService { rules.service }

    @Sendable func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let known = try await rules.list(context.scope)
        let pages = try await pages(context, known)
        return try await context.page(pages.list(known, mayWrite: context.can(.eyesRun)))
    }

    @Sendable func show(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let known = try await rules.list(context.scope)
        guard let rule = known.first(where: { $0.id == id }) else { throw Problem.notFound() }
        let members = try await rules.sample(context.scope, rule)
        let badges = try await CustomerStore(context.scope, service.database).badges(members.map(\.customerID))
        let leading = try await service.published(context.scope)
            .flatMap { EyesSummary.leading($0.run.result.horizons) }
        let list = leading.map { ListQuery(filter: ChurnFilter(horizon: $0.horizon, segmentID: id)) }
        let mayPropose = context.can(.actionPropose) && leading?.state.hasProbabilities == true && rule.built != nil
        let paths = context.eyesPaths
        let page = try await pages(context, known).one(
            .init(
                rule: rule, sample: members.map { ($0, badges[$0.customerID]) },
                uses: try await rules.uses(context.scope, id),
                campaignHref: mayPropose ? list.map(paths.newCampaign) : nil,
                churnHref: rule.built == nil ? nil : list.map { paths.churn($0.filter) },
                mayWrite: context.can(.eyesRun)))
        return try await context.page(page, refresh: rule.isBehind ? 5 : nil)
    }

    @Sendable func new(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await builder(RuleForm(), nil, [], .empty, context)
    }

    @Sendable func edit(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let rule = try await known(context)
        return try await builder(
            RuleForm(rule, currency: context.scope.organization.currency), rule, [], .empty, context)
    }

    /// Any button of the builder: one line more or less, an estimate, or the rule is kept.
    @Sendable func build(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let stored = context.parameters.get("id") == nil ? nil : try await known(context)
        let sent = try await Form.read(request)
        var form = RuleForm(sent)
        let act = sent["act"]
        form.apply(act, sent)
        let rule = form.rule(currency: context.scope.organization.currency)
        guard act == "save" else {
            let isAsked = act == "estimate"
            let problems = isAsked ? RuleCheck.problems(rule) : []
            let answer = problems.isEmpty ? try await answer(rule, context) : .empty
            return try await builder(form, stored, problems, answer, context)
        }
        do {
            let kept = try await save(form, rule, stored, context)
            return try await context.redirect(
                to: context.eyesPaths.rule(kept.id), flash: Flash(.success, "eyes.rule.flash.saved"))
        } catch let problems as RuleProblems {
            return try await builder(form, stored, problems.all, .empty, context)
        } catch let refusal as RuleRefusal {
            let path = stored.map { context.eyesPaths.rule($0.id) } ?? context.eyesPaths.rules
            return try await context.redirect(to: path, flash: Self.flash(refusal))
        }
    }

    private func save(
        _ form: RuleForm, _ rule: Rule, _ stored: StoredRule?, _ context: TenantPageContext
    ) async throws -> StoredRule {
        guard let stored else {
            return try await rules.create(context.scope, name: form.name, rule, requestID: context.requestID)
        }
        return try await rules.change(
            context.scope, stored.id, name: form.name, rule: rule, version: Int(form.version),
            requestID: context.requestID)
    }

    /// The estimate alone, for scripts, after half a second of quiet.
    @Sendable func estimate(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let form = RuleForm(try await Form.read(request))
        let html = try await answer(form.rule(currency: context.scope.organization.currency), context)
        return Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "private, no-store"],
            body: ResponseBody(byteBuffer: .init(string: html.html)))
    }

    private func answer(_ rule: Rule, _ context: TenantPageContext) async throws -> SafeHTML {
        let pages = try await pages(context, try await rules.list(context.scope))
        do {
            let (estimate, examples) = try await rules.estimate(context.scope, rule)
            let badges = try await CustomerStore(context.scope, service.database).badges(examples.map(\.customerID))
            return pages.answer(rule, estimate, examples, badges)
        } catch let problems as RuleProblems {
            return pages.problems(problems.all)
        }
    }

    @Sendable func rebuild(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        _ = try await rules.rebuild(context.scope, id, requestID: context.requestID)
        return try await context.redirect(
            to: context.eyesPaths.rule(id), flash: Flash(.info, "eyes.rule.flash.building"))
    }

    @Sendable func delete(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        do {
            try await rules.delete(context.scope, id, requestID: context.requestID)
            return try await context.redirect(
                to: context.eyesPaths.rules, flash: Flash(.success, "eyes.rule.flash.deleted"))
        } catch let refusal as RuleRefusal {
            return try await context.redirect(to: context.eyesPaths.rule(id), flash: Self.flash(refusal))
        }
    }

    // MARK: Parts

    private func known(_ context: TenantPageContext) async throws -> StoredRule {
        guard let rule = try await rules.get(context.scope, try context.parameters.require("id")) else {
            throw Problem.notFound()
        }
        return rule
    }

    private func builder(
        _ form: RuleForm, _ stored: StoredRule?, _ problems: [RuleProblem], _ answer: SafeHTML,
        _ context: TenantPageContext
    ) async throws -> Response {
        let known = try await rules.list(context.scope)
        let speech = try await rules.speech(context.scope, context.speech, known)
        let choices = try await rules.choices(context.scope, context.speech, known, but: stored?.id)
        let page = RuleBuilderPage(
            form: form, stored: stored, speech: speech, paths: context.eyesPaths, segments: choices,
            problems: problems, answer: answer)
        return try await context.page(page.page, status: problems.isEmpty ? .ok : .unprocessableContent)
    }

    private func pages(_ context: TenantPageContext, _ known: [StoredRule]) async throws -> RulePages {
        RulePages(
            speech: try await rules.speech(context.scope, context.speech, known), paths: context.eyesPaths,
            now: service.clock.now())
    }

    private static func flash(_ refusal: RuleRefusal) -> Flash {
        switch refusal {
        case .tooMany: Flash(.error, "eyes.rule.refusal.too_many")
        case .inUse: Flash(.error, "eyes.rule.refusal.in_use")
        case .changed: Flash(.error, "eyes.rule.refusal.changed")
        }
    }
}

extension EyesRules {
    /// Names of segments, of this run and of those the rules were made from, and of rules.
    func speech(_ scope: TenantScope, _ speech: EyesSpeech, _ known: [StoredRule]) async throws -> RuleSpeech {
        var names = Dictionary(known.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        for segment in try await service.published(scope)?.segments ?? [] {
            names[segment.id] = speech.name(segment.name)
        }
        for id in known.flatMap(\.rule.segments).uniqued() where names[id] == nil {
            if let found = try await service.segment(scope, id) { names[id] = speech.name(found.segment.name) }
        }
        return RuleSpeech(speech: speech, names: names)
    }

    /// Segments and rules that a rule can name.
    func choices(
        _ scope: TenantScope, _ speech: EyesSpeech, _ known: [StoredRule], but id: String?
    ) async throws -> [(id: String, name: String)] {
        let segments = try await service.published(scope)?.segments ?? []
        return segments.map { ($0.id, speech.name($0.name)) }
            + known.filter { $0.id != id }.map { ($0.id, $0.name) }
    }

    /// The first members, and what was true of them. Nobody while another wording waits to be built.
    func sample(_ scope: TenantScope, _ rule: StoredRule) async throws -> [RuleMember] {
        guard let build = rule.built, build.version == rule.version else { return [] }
        return try await store(scope).members(rule, after: nil, limit: RuleBuild.sampleSize)
    }
}
