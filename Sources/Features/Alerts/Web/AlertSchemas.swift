import Web

/// What the OpenAPI document says about alerts.
enum AlertSchemas {
    private static let states = Schema.enumeration(AlertRecord.State.allCases.map(\.rawValue))
    private static let severities = Schema.enumeration(AlertSeverity.allCases.map(\.rawValue))
    private static let alert = Schema.ref(
        "Alert",
        .object([
            .init("id", .string), .init("kind", .string, "What kind of cause it is."), .init("severity", severities),
            .init("state", states),
            .init(
                "subject", .object([.init("type", .string), .init("id", .string), .init("label", .string)])),
            .init("title", .string), .init("text", .nullable(.string)), .init("step", .nullable(.string)),
            .init("occurrences", .integer, "How often the cause was seen."),
            .init("mails", .integer, "How many people were written to."), .init("opened_at", .dateTime),
            .init("last_seen_at", .dateTime), .init("acknowledged_at", .nullable(.dateTime)),
            .init("acknowledged_by", .nullable(.string)), .init("resolved_at", .nullable(.dateTime)),
            .init("resolved_by", .nullable(.string), "Null when the cause went away by itself."),
            .init("muted_until", .nullable(.dateTime)),
        ]))

    static let list = APIOperation(
        id: "listAlerts", summary: "Alerts, newest first.",
        parameters: APIParameter.paging + [
            APIParameter("state", states, "Only these."), APIParameter("severity", severities, "Only these."),
            APIParameter("kind", .string, "Only this kind of cause."),
        ], responses: [.list("Alerts.", of: alert)])
    static let show = APIOperation(
        id: "getAlert", summary: "One alert with its cause and what to do.", responses: [.ok("The alert.", alert)])
    static let acknowledge = APIOperation(
        id: "acknowledgeAlert", summary: "Says that somebody takes care of it; it leaves the pages.",
        responses: [.ok("The alert.", alert)])
    static let resolve = APIOperation(
        id: "resolveAlert", summary: "Ends it; the same cause coming back is a new alert.",
        responses: [.ok("The alert.", alert)])
    static let mute = APIOperation(
        id: "muteAlert", summary: "Keeps it, and the same cause coming back, quiet until then.",
        body: APIBody(
            .object([.init("until", .dateTime, "At most 90 days ahead.")]), example: ["until": "2027-01-01T00:00:00Z"]),
        responses: [.ok("The alert.", alert)])
}
