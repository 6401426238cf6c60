import Web

/// What the API's description says about the log.
enum AuditSchemas {
    static let list = APIOperation(
        id: "listAudit", summary: "Recorded acts, newest first.",
        parameters: APIParameter.paging + [
            APIParameter("event", .enumeration(AuditEvent.allCases.map(\.rawValue)), "Kind of act."),
            APIParameter("result", .enumeration(AuditResult.allCases.map(\.rawValue)), "How it ended."),
            APIParameter("actor_id", .string, "Person or key that acted."),
            APIParameter("resource_type", .string, "Kind of thing acted on."),
            APIParameter("resource_id", .string, "The thing acted on."),
            APIParameter("action", .string, "Name of the act, for instance import.started."),
            APIParameter("request_id", .string, "Acts of one request."),
            APIParameter("created_from", .dateTime, "Not before this time."),
            APIParameter("created_to", .dateTime, "Before this time."),
        ], responses: [.list("Recorded acts.", of: .ref("AuditRow", .object(row)))])

    static let show = APIOperation(
        id: "getAudit", summary: "One recorded act with its details and its place in the chain.",
        responses: [.ok("The act.", .ref("AuditRecord", .object(row + whole)))])

    static let verify = APIOperation(
        id: "verifyAudit", summary: "Recomputes the whole chain and says whether it is intact.",
        details: "Finds the first row that was edited, removed, inserted or swapped behind the product's back.",
        responses: [
            .ok(
                "What was found.",
                .ref(
                    "AuditVerdict",
                    .object([
                        .init("intact", .boolean), .init("rows_checked", .integer),
                        .init("last_seq", .nullable(.integer)), .init("last_hash", .nullable(.string)),
                        .init(
                            "broken",
                            .nullable(
                                .object([
                                    .init("seq", .integer),
                                    .init("kind", .enumeration(ChainBreak.Kind.allCases.map(\.rawValue))),
                                    .init("in_details", .boolean),
                                ]))),
                    ])))
        ])

    static let export = APIOperation(
        id: "exportAudit", summary: "The whole log as JSON lines with all fields of the chain.",
        details: "Check it offline with `omnify audit verify FILE`.",
        responses: [APIResponse(200, "One line per act, oldest first.", contentType: "application/jsonl")])

    private static let row: [SchemaField] = [
        .init("audit_id", .string), .init("seq", .integer, "1, 2, 3 … without gaps."), .init("ts", .dateTime),
        .init("event", .enumeration(AuditEvent.allCases.map(\.rawValue))), .init("action", .string),
        .init("resource_type", .string), .init("resource_id", .nullable(.string)),
        .init("result", .enumeration(AuditResult.allCases.map(\.rawValue))), .init("actor_type", .string),
        .init("actor_id", .nullable(.string)),
        .init("actor_name", .nullable(.string), "Name at that time; null once erased."),
        .init("request_id", .nullable(.string)),
    ]

    private static let whole: [SchemaField] = [
        .init("address", .nullable(.string)), .init("user_agent", .nullable(.string)),
        .init("details", .nullable(.any)),
        .init("before", .nullable(.any)), .init("after", .nullable(.any)), .init("details_erased", .boolean),
        .init("retention_until", .dateTime), .init("payload_hash", .string), .init("prev_hash", .string),
        .init("hash", .string),
    ]
}
