import Tenancy
import Web

/// EYES: who the customers are, who is slipping away, how sure that is, and why.
public enum Eyes {
    /// Part of every run id: a change of the computation makes new runs.
    public static let codeVersion = "1.5.0"

    /// The collections this room owns.
    public static let collections: [CollectionSpec] = [
        StoredRun.spec, StoredInput.spec, StoredSegment.spec, StoredMember.spec, StoredScore.spec, StoredRanking.spec,
        StoredTest.spec, EyesState.spec, ScoreReview.spec, LearningEntry.spec, ProfitSettings.spec, RunInsights.spec,
        Outcome.spec,
        GivenName.spec, Campaign.spec, CampaignPerson.spec, WebhookEndpoint.spec, WebhookDelivery.spec,
        StoredRule.spec, RuleMember.spec,
    ]

    /// Every page, for the template lint.
    public static let pages: [any Page.Type] = [EyesPage.self, EyesDetailPage.self]
}
