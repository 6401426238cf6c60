import Web

extension ConnectionSchemas {
    static let account = Schema.ref(
        "PlatformAccount",
        .object([
            .init("id", .string), .init("name", .string), .init("currency", .nullable(.string)),
            .init("time_zone", .nullable(.string)), .init("is_test", .boolean),
            .init("is_closed", .boolean, "Disabled or closed at the platform: it cannot be read."),
            .init("connection_id", .nullable(.string), "The connection that reads it."),
        ]))
    private static let event = Schema.ref(
        "WebhookEvent",
        .object([
            .init("id", .string), .init("connection_id", .string), .init("platform", .string),
            .init("vendor_event_id", .string), .init("topic", .string), .init("signature_ok", .boolean),
            .init("status", .enumeration(WebhookState.allCases.map(\.rawValue))), .init("received_at", .dateTime),
            .init("expires_at", .dateTime, "Until then a second delivery has no effect."),
        ]))
    private static let named = APIBody(
        .object([.init("connection_id", .string)]), example: ["connection_id": "con_01J0000000000000000000000"])
    private static let ofConnection = APIParameter("connection_id", .string, "Only this connection.")

    static let change = APIOperation(
        id: "changeConnection", summary: "Changes the name, the rhythm of streams, and switches them on or off.",
        body: APIBody(
            .object([
                .optional("label", .string),
                .optional(
                    "streams",
                    .array(
                        .object([
                            .init("stream", .string), .optional("enabled", .boolean),
                            .optional("every_seconds", .integer(minimum: 300, maximum: 604_800)),
                        ]))),
            ]),
            example: [
                "label": "Shop in Madrid", "streams": [["stream": "orders", "enabled": true, "every_seconds": 900]],
            ]),
        responses: [.ok("The connection.", connection)])
    static let test = APIOperation(
        id: "testConnection", summary: "Asks the platform whether the credentials still open the account.",
        responses: [.ok("The account.", account)])
    static let accounts = APIOperation(
        id: "listConnectionAccounts", summary: "The accounts that the credentials open.",
        details: "Also for a sign-in that opened several and waits for a choice, by its sign_in_id.",
        responses: [.list("Accounts.", of: account)])
    static let chooseAccounts = APIOperation(
        id: "chooseConnectionAccounts",
        summary: "Reads these accounts; each that nobody reads yet gets a connection of its own.",
        details:
            "Accounts that are left out stay as they are: disconnect what is not wanted any more. By its sign_in_id, for a "
            + "sign-in that waits for a choice: it is kept for ten minutes.",
        body: APIBody(.object([.init("account_ids", .array(.string))]), example: ["account_ids": ["1234567890"]]),
        responses: [.list("Accounts.", of: account)])
    static let refresh = APIOperation(
        id: "refreshPlatformToken", summary: "Gets a new access token now.", body: named,
        responses: [
            .ok(
                "Until when it is good.",
                .object([.init("connection_id", .string), .init("expires_at", .nullable(.dateTime))]))
        ])
    static let revoke = APIOperation(
        id: "revokePlatformToken", summary: "Withdraws our access at the platform and forgets it; the data stay.",
        body: named, responses: [.ok("The connection.", connection)])
    static let syncAll = APIOperation(
        id: "syncAll", summary: "Reads what is new from every connection that can be read now.",
        responses: [
            APIResponse(
                202, "Started.",
                .object([
                    .init(
                        "data",
                        .array(
                            .object([
                                .init("connection_id", .string), .init("job_id", .string), .init("state", .string),
                            ])))
                ]))
        ])
    static let allRuns = APIOperation(
        id: "listSyncRuns", summary: "Readings of all connections, newest first; kept for 90 days.",
        parameters: APIParameter.paging + [
            ofConnection, APIParameter("stream", .string, "Only this stream."),
            APIParameter("state", .enumeration(RunState.allCases.map(\.rawValue)), "Only these."),
        ], responses: [.list("Readings.", of: run)])
    static let oneRun = APIOperation(
        id: "getSyncRun", summary: "One reading with its counts.", responses: [.ok("The reading.", run)])
    static let cancelRun = APIOperation(
        id: "cancelSyncRun", summary: "Stops a reading at its next page; what is stored stays.",
        responses: [
            APIResponse(202, "Stopping.", .object([.init("job_id", .string), .init("state", .string)]))
        ])
    static let events = APIOperation(
        id: "listWebhookEvents", summary: "What platforms reported in the last seven days, newest first.",
        parameters: APIParameter.paging + [
            ofConnection, APIParameter("status", .enumeration(WebhookState.allCases.map(\.rawValue)), "Only these."),
        ], responses: [.list("Reports.", of: event)])
    static let oneEvent = APIOperation(
        id: "getWebhookEvent", summary: "One report.", responses: [.ok("The report.", event)])
}
