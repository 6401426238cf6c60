import Customers
import Memory
import Tenancy
import Web

/// What a process remembers of EYES for its pages. The service that reads and the job that publishes share one, so
/// that a run is seen at once where it was published, and within a second everywhere else.
public final class EyesMemory: Sendable {
    /// A part of a page that depends on nothing but a finished run, the language and what is asked for.
    struct Part: Hashable, Sendable {
        let organizationID: String
        let slug: String
        let runID: String
        let name: String

        init(_ scope: TenantScope, _ runID: String, _ name: String) {
            organizationID = scope.organizationID
            slug = scope.organization.slug
            self.runID = runID
            self.name = name
        }
    }

    struct RunKey: Hashable, Sendable {
        let organizationID: String
        let runID: String
    }

    /// By organization.
    let overviews: LoadingCache<String, EyesOverview>
    let runs = LoadingCache<RunKey, PublishedRun?>(capacity: 48, keeps: { $0 != nil })
    let segments = LoadingCache<Part, [EyesService.SegmentOption]>(capacity: 512)
    let fragments = LoadingCache<Part, SafeHTML>(capacity: 96)
    let insights = LoadingCache<RunKey, RunInsights?>(capacity: 48, keeps: { $0 != nil })
    let profits = LoadingCache<Part, ProfitBasis>(capacity: 16)
    /// Who may be used, by organization: for estimates, whose members are looked at again before they are shown.
    let readings: LoadingCache<String, PurposeReading>
    let profitAnswers = LoadingCache<Part, ProfitAnswer>(capacity: 64)
    let answers = RecentAnswers()
    /// By run.
    let people = LoadingBatch<RunKey, String, ScoredPerson>()

    /// - Parameter lifetime: how long pages may show what was known a moment ago.
    public init(lifetime: Duration = .seconds(1)) {
        overviews = LoadingCache(capacity: 500, lifetime: lifetime)
        readings = LoadingCache(capacity: 8, lifetime: lifetime * 20)
    }

    /// To be called when a job was put on the queue or stopped, or the configuration was changed.
    func changed(_ scope: TenantScope) { overviews.invalidate(scope.organizationID) }

    /// To be called when a segment got another name.
    func renamed(_ scope: TenantScope, _ runID: String) {
        published(scope, runID)
        let organizationID = scope.organizationID
        segments.invalidate { part, _ in part.organizationID == organizationID && part.runID == runID }
        fragments.invalidate { part, _ in part.organizationID == organizationID && part.runID == runID }
    }

    /// To be called when a run was published. One of the same name may have been written anew.
    func published(_ scope: TenantScope, _ runID: String) {
        runs.invalidate(RunKey(organizationID: scope.organizationID, runID: runID))
        insights.invalidate(RunKey(organizationID: scope.organizationID, runID: runID))
        answers.forget(scope.organizationID, runID)
        for horizon in Horizon.allCases { profits.invalidate(Part(scope, runID, horizon.key)) }
        changed(scope)
    }
}
