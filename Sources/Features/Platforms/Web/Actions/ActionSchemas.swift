import Connectors
import Web

/// What the OpenAPI document says about actions at platforms.
enum ActionSchemas {
    private static let command = Schema.ref(
        "ActionCommand",
        .object([
            .init("type", .enumeration(ActionKind.allCases.map(\.rawValue))), .optional("entity", .string),
            .optional("id", .string, "The vendor's id."), .optional("status", .string),
            .optional("amount_minor", .integer(minimum: 1)), .optional("currency", .string),
            .optional("list_id", .string), .optional("customers", .array(.string), "Our ids."),
            .optional("everybody", .boolean), .optional("channel", .enumeration(["email", "sms"])),
            .optional("properties", .map(.string)), .optional("code", .string),
            .optional("percent", .integer(minimum: 1, maximum: 100)),
            .optional("count", .integer(minimum: 1, maximum: 1000)), .optional("starts_at", .dateTime),
            .optional("ends_at", .dateTime), .optional("title", .string), .optional("text", .string),
            .optional("at_period_end", .boolean), .optional("at", .dateTime),
        ]))
    private static let request = Schema.ref(
        "ExactRequest",
        .object([
            .init("method", .string), .init("url", .string),
            .init("headers", .array(.object([.init("name", .string), .init("value", .string)]))),
            .init("body", .nullable(.string)),
        ]))
    private static let people = Schema.ref(
        "ActionPeople",
        .object([
            .init("asked", .integer), .init("included", .integer), .init("without_consent", .integer),
            .init("unknown", .integer), .init("purpose", .nullable(.string)),
        ]))
    private static let act = Schema.nullable(
        .ref(
            "ApprovalAct",
            .object([
                .init("by", .string), .init("name", .string), .init("at", .dateTime),
                .init("comment", .nullable(.string)),
            ])))
    private static let criticality = Schema.enumeration(Criticality.allCases.map(\.rawValue))
    private static let run = Schema.ref(
        "ActionPreview",
        .object([
            .init("action", command), .init("plan_hash", .string), .init("criticality", criticality),
            .init("requests", .array(request)), .init("before", .any), .init("after", .any),
            .init("people", .nullable(people)),
        ]))
    private static let outcome = Schema.object([
        .init("code", .string), .init("detail", .nullable(.string)), .init("verified", .nullable(.boolean)),
        .init("at", .dateTime),
    ])
    private static let approval = Schema.ref(
        "Approval",
        .object([
            .init("id", .string), .init("connection_id", .string), .init("platform", .string),
            .init("state", .enumeration(Approval.State.allCases.map(\.rawValue))), .init("action", command),
            .init("plan_hash", .string), .init("criticality", criticality),
            .init("needs", .object([.init("approvals", .integer), .init("another_person", .boolean)])),
            .init("requests", .array(request)), .init("before", .any), .init("after", .any),
            .init("people", .nullable(people)), .init("reason", .nullable(.string)), .init("proposed", act),
            .init("approved", act), .init("rejected", act), .init("executed", act),
            .init("outcome", .nullable(outcome)), .init("job_id", .nullable(.string)),
            .init("expires_at", .dateTime), .init("created_at", .dateTime),
        ]))
    private static let example: JSONValue = [
        "action": ["type": "set_status", "entity": "campaign", "id": "23000", "status": "paused"]
    ]
    private static let hash: JSONValue = [
        "plan_hash": "sha256:9c1e4b7a0d5f6e8c1b2a3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f607182"
    ]

    static let preview = APIOperation(
        id: "previewAction", summary: "The exact requests of an action, from fresh reads. Nothing is changed.",
        details: "Secrets are masked; so are addresses of people without the right to see them.",
        body: APIBody(.object([.init("action", command)]), example: example),
        responses: [APIResponse(200, "What would be sent.", run)])
    static let propose = APIOperation(
        id: "proposeAction", summary: "Puts an action up for approval.",
        details: "Holds for 72 hours. High and critical acts need somebody else's approval.",
        body: APIBody(.object([.init("action", command), .optional("reason", .string)]), example: example),
        responses: [APIResponse(201, "The proposal.", approval)])
    static let list = APIOperation(
        id: "listActions", summary: "Proposals and what came of them, newest first.",
        parameters: APIParameter.paging + [
            APIParameter("state", .enumeration(Approval.State.allCases.map(\.rawValue)), "Only in this state."),
            APIParameter("connection_id", .string, "Only of this connection."),
        ], responses: [.list("Actions.", of: approval)])
    static let show = APIOperation(
        id: "getAction", summary: "One action with its exact requests, who agreed and what came of it.",
        responses: [APIResponse(200, "The action.", approval)])
    static let approve = APIOperation(
        id: "approveAction", summary: "Agrees to exactly this plan.",
        body: APIBody(.object([.init("plan_hash", .string), .optional("comment", .string)]), example: hash),
        responses: [APIResponse(200, "Approved.", approval)])
    static let reject = APIOperation(
        id: "rejectAction", summary: "Refuses it for good.",
        body: APIBody(.object([.optional("comment", .string)]), example: ["comment": "Not before the sale."]),
        responses: [APIResponse(200, "Rejected.", approval)])
    static let execute = APIOperation(
        id: "executeAction", summary: "Carries out what was approved, once.",
        details: "Looks at the platform again first: another value there, or another plan, and nothing is sent.",
        body: APIBody(.object([.optional("plan_hash", .string)]), example: hash),
        responses: [APIResponse(202, "Started.", approval)])
}
