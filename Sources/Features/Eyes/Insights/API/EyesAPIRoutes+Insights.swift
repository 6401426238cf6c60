import Accounts
import Web

extension EyesAPIRoutes {
    var insightRoutes: [APIRoute<APIContext>] {
        [
            APIRoute(
                .get, "eyes/cross-platform-patterns", view,
                operation(
                    "getCrossPlatformPatterns",
                    "Channels per customer, journeys, switching and correlations of the last 180 days."),
                handler: api.crossPlatform),
            APIRoute(
                .get, "eyes/learning-insights", view,
                operation(
                    "getLearningInsights",
                    "Figures from run to run, and what came of the windows that have closed."),
                handler: api.learningInsights),
            APIRoute(
                .get, "eyes/integration-feeds", view,
                operation(
                    "getIntegrationFeeds", "What other modules take from the published run, with its gate.",
                    APIParameter.paging + [
                        APIParameter(
                            "feed", .enumeration(IntegrationFeed.Name.allCases.map(\.rawValue)),
                            "Only this one; to_memory has rows only when it is asked for.")
                    ]), handler: api.feeds),
        ]
    }

    var profit: APIRoute<APIContext> {
        APIRoute(
            .post, "eyes/profit", view,
            APIOperation(
                id: "estimateProfit",
                summary: "What writing to the first n brings, and the n that brings most.",
                details: "Expected for today's customers, with 95 % intervals from the held-out window. "
                    + "What is left out is as the organization keeps it.",
                body: APIBody(
                    .object([
                        .optional("horizon", .enumeration(["30d", "60d", "90d"])),
                        .optional("contact_cost_minor", .integer(minimum: 0)),
                        .optional("success_rate", .probability), .optional("gross_margin", .probability),
                        .optional("value_minor", .integer(minimum: 0), "One value for everybody."),
                        .optional("n", .integer(minimum: 0), "The best cut where it is left out."),
                        .optional("keep", .boolean, "Keeps the figures for the organization; needs eyes:run."),
                    ]), example: ["contact_cost_minor": 150, "success_rate": 0.1, "gross_margin": 0.4, "n": 500]),
                responses: [.ok("The answer of the published run.", answer)]), handler: api.profit)
    }
}
