import Accounts
import BSON
import Customers
import Foundation
import Jobs
import Tenancy
import Vault
import Web

/// The browser pages of EYES.
struct EyesController: Sendable {
    let service: EyesService

    static let pageSize = 50

    @Sendable func index(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let query = Query(request)
        let overview = try await service.overview(context.scope)
        let leading = overview.published.flatMap { EyesSummary.leading($0.run.result.horizons)?.horizon }
        let builder = EyesPageBuilder(
            overview: overview, speech: context.speech.of(overview.published?.run), paths: context.eyesPaths,
            tab: query["tab"].flatMap(EyesTab.init(rawValue:)) ?? .segments,
            horizon: query["horizon"].flatMap(Horizon.init(timeframe:)) ?? leading ?? .days90,
            mayRun: context.can(.eyesRun))
        let main: SafeHTML
        var title: String?
        switch builder.tab {
        case .segments:
            main = try await segments(overview.published, builder, context)
        case .churn: main = try await churn(query, builder, context)
        case .crossPlatform: (title, main) = try await crossPlatformTab(builder, context)
        case .learning: (title, main) = try await learningTab(builder, context)
        }
        return try await context.page(builder.page(main: main, title: title))
    }

    private func segments(
        _ published: PublishedRun?, _ builder: EyesPageBuilder, _ context: TenantPageContext
    ) async throws -> SafeHTML {
        guard let published else { return builder.segmentsTab() }
        return try await service.fragment(
            context.scope, published.run.id, "segments/\(builder.horizon.key)/\(context.locale)"
        ) { builder.segmentsTab() }
    }

    @Sendable func start(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        do {
            switch try await service.start(context.scope, requestID: context.requestID) {
            case .queued(let jobID):
                return try await context.redirect(
                    to: context.eyesPaths.run(jobID), flash: Flash(.info, "eyes.flash.started"))
            case .finished:
                return try await context.redirect(
                    to: context.eyesPaths.index, flash: Flash(.info, "eyes.flash.unchanged"))
            }
        } catch EyesError.alreadyRunning(let jobID) {
            return try await context.redirect(
                to: context.eyesPaths.run(jobID), flash: Flash(.info, "eyes.flash.already_running"))
        }
    }

    @Sendable func segment(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard let found = try await service.segment(context.scope, id) else { throw Problem.notFound() }
        let position = try Query(request).cursor(for: "eyes.members")?["place"]?.int64Value.map(Int.init) ?? 0
        let flows = try await service.insights(context.scope, found.published.run.id)?.flows
        let now = service.clock.now()
        let campaign = campaignHref(found, context)
        let key = try await service.overview(context.scope).key(
            "segment \(id) \(position) \(campaign ?? "-") \(context.can(.eyesManage)) \(flows != nil)",
            of: found.published.run, context.scope, context.locale)
        let version = try await service.dataVersion(context.scope)
        let page = try await service.memory.answers.page(key, version: version, now: now) {
            let page = try await MemberPage.load(
                service, context.scope, found.published, found.segment, fromPlace: position, limit: Self.pageSize)
            let builder = SegmentPageBuilder(
                published: found.published, segment: found.segment, speech: context.speech.of(found.published.run),
                paths: context.eyesPaths,
                members: page.rows, badges: page.badges, from: position,
                next: page.nextPlace.map { Cursor.encode(["place": .int(Int64($0))], for: "eyes.members") },
                now: now, campaignHref: campaign,
                renameAction: context.can(.eyesManage) ? context.eyesPaths.segment(id) : nil,
                flows: (flows ?? []).filter { $0.from == id || $0.to == id })
            return (builder.page, Array(page.badges.values))
        }
        return try await context.page(page)
    }

    @Sendable func model(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        guard let found = try await service.model(context.scope, try context.parameters.require("version")) else {
            throw Problem.notFound()
        }
        let builder = ModelPageBuilder(
            run: found.published.run, segments: found.published.segments, report: found.report, card: found.card,
            speech: context.speech.of(found.published.run), paths: context.eyesPaths)
        return try await context.page(builder.page)
    }

    @Sendable func runs(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let store = service.store(context.scope)
        async let runs = store.runSummaries(limit: 100)
        async let jobs = service.jobs.list(
            partition: context.scope.organizationID, kind: EyesJob.kind, limit: 10)
        let state = try await store.state()
        let pages = RunPages(speech: context.speech, paths: context.eyesPaths)
        return try await context.page(
            pages.history(try await runs, jobs: try await jobs, published: state.publishedRunID))
    }

    @Sendable func run(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let pages = RunPages(speech: context.speech, paths: context.eyesPaths)
        if id.hasPrefix("eyr_") {
            guard let run = try await service.run(context.scope, id) else { throw Problem.notFound() }
            let state = try await service.store(context.scope).state()
            let pages = RunPages(speech: context.speech.of(run.run), paths: context.eyesPaths)
            return try await context.page(
                pages.finished(
                    run, isShown: state.publishedRunID == id, repeating: try await repeating(run.run, context)))
        }
        guard let job = try await service.job(context.scope, id) else { throw Problem.notFound() }
        if job.state == .succeeded, let runID = job.result?["run_id"]?.stringValue {
            return .redirect(to: context.eyesPaths.run(runID))
        }
        let page = pages.unfinished(job, mayCancel: context.can(.eyesRun))
        return try await context.page(page, refresh: job.state.isFinal ? nil : 5)
    }

    /// Sends the list of stages until the job ends, then where to go.
    @Sendable func stream(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let scope = context.scope
        guard try await service.job(scope, id) != nil else { throw Problem.notFound() }
        let pages = RunPages(speech: context.speech, paths: context.eyesPaths)
        let paths = context.eyesPaths
        let words = context.localizer
        let service = service
        return try context.events(request, needs: .eyesView) { sink in
            while let job = try await service.job(scope, id) {
                if job.state.isFinal {
                    let done = job.state == .succeeded ? paths.index : paths.run(id)
                    return try await sink.send(ServerEvent(event: "done", data: done))
                }
                try await sink.send(ServerEvent(event: "fragment", data: pages.stages(job).html(words).html))
                try await Task.sleep(for: .milliseconds(700))
            }
        }
    }

    @Sendable func cancel(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard try await service.job(context.scope, id) != nil else { throw Problem.notFound() }
        try await service.cancel(context.scope, jobID: id, requestID: context.requestID)
        return try await context.redirect(
            to: context.eyesPaths.run(id), flash: Flash(.info, "eyes.flash.cancelling"))
    }
}

extension TenantPageContext {
    var speech: EyesSpeech { EyesSpeech(localizer, currency: scope.organization.currency) }
    var eyesPaths: EyesPaths { EyesPaths(slug: slug) }
}
