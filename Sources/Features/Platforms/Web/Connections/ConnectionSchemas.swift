import Connectors
import Web

/// What the OpenAPI document says about platforms and connections.
enum ConnectionSchemas {
    private static let stream = Schema.ref(
        "SyncStream",
        .object([
            .init("stream", .string), .init("rows", .integer), .init("reading", .boolean), .init("held", .boolean),
            .init("enabled", .boolean),
            .init("error", .nullable(.string)), .init("error_detail", .nullable(.string)),
            .init("last_ok_at", .nullable(.dateTime)), .init("first_loaded_at", .nullable(.dateTime)),
            .init("every_seconds", .integer),
        ]))
    private static let state = Schema.ref(
        "ConnectionState",
        .object([
            .init("state", .enumeration(ConnectionState.allCases.map(\.rawValue))), .init("cause", .nullable(.string)),
            .init("detail", .nullable(.string)), .init("since", .nullable(.dateTime)),
            .init("until", .nullable(.dateTime)), .init("left_alone_until", .nullable(.dateTime)),
            .init("next_step", .enumeration(ConnectionStatus.NextStep.allCases.map(\.rawValue))),
        ]))
    static let connection = Schema.ref(
        "Connection",
        .object([
            .init("id", .string), .init("platform", .string), .init("label", .string), .init("status", .string),
            .init("account_id", .nullable(.string)), .init("account_name", .nullable(.string)),
            .init("last_sync", .nullable(.dateTime)), .init("next_sync_at", .nullable(.dateTime)),
            .init("health_score", .nullable(.integer(minimum: 0, maximum: 100))), .init("state", .nullable(state)),
            .init("streams", .array(stream)), .init("job_id", .nullable(.string)), .init("created_at", .dateTime),
        ]))
    private static let method = Schema.object([
        .init("method", .string), .init("redirects", .boolean), .init("configured", .boolean),
        .init(
            "fields",
            .array(.object([.init("name", .string), .init("secret", .boolean), .init("required", .boolean)]))),
    ])
    private static let platformRow = Schema.ref(
        "Platform",
        .object([
            .init("platform", .string), .init("name", .string), .init("available", .boolean),
            .init("state", .enumeration(["available", "not_configured"])), .init("connections", .integer),
            .init("streams", .array(.string)), .init("webhooks", .boolean), .init("scopes", .array(.string)),
            .init("methods", .array(method)),
        ]))
    static let run = Schema.ref(
        "SyncRun",
        .object([
            .init("id", .string), .init("connection_id", .string), .init("stream", .string),
            .init("mode", .enumeration(["first", "incremental", "rebuild"])),
            .init("state", .enumeration(["running", "finished", "failed", "waiting"])), .init("pages", .integer),
            .init("records_in", .integer), .init("written", .integer), .init("unchanged", .integer),
            .init("quarantined", .integer), .init("deleted", .integer), .init("new_fields", .array(.string)),
            .init("error", .nullable(.string)), .init("error_detail", .nullable(.string)),
            .init("started_at", .dateTime), .init("finished_at", .nullable(.dateTime)),
        ]))
    private static let authorizeURL = Schema.object([
        .init("authorize_url", .string, "Send the browser there; it comes back by itself.")
    ])
    private static let undecided = Schema.object([
        .optional("authorize_url", .string, "Send the browser there; it comes back by itself."),
        .optional("sign_in_id", .string), .optional("accounts_url", .string, "Say which by PUT there."),
        .optional("expires_at", .dateTime), .optional("accounts", .array(account)),
    ])
    private static let started = Schema.object([
        .init("job_id", .string), .init("connection_id", .string), .init("state", .string),
    ])
    private static let policy = Schema.ref(
        "ConsentPolicy", .object([.init("purposes", .map(.array(.string))), .init("days", .integer)]))

    static let platforms = APIOperation(
        id: "listPlatforms", summary: "The platforms there are, what they bring, and which can be connected now.",
        responses: [APIResponse(200, "Platforms.", .object([.init("data", .array(platformRow))]))])
    static let platform = APIOperation(
        id: "getPlatform", summary: "One platform.", responses: [APIResponse(200, "The platform.", platformRow)])
    static let connect = APIOperation(
        id: "connectPlatform", summary: "Tests the credentials, then connects; csv opens a door for files.",
        details:
            "A way that leads to the platform's own page answers 202 with its address. Credentials that open several "
            + "accounts answer 202 with them and with where to say which.",
        body: APIBody(
            .object([
                .init("platform", .string), .optional("label", .string), .optional("method", .string),
                .optional("credentials", .map(.string)),
            ]),
            example: ["platform": "hubspot", "method": "key", "credentials": ["access_token": "pat-…"]]),
        responses: [
            APIResponse(201, "The connection.", connection), APIResponse(200, "It was there already.", connection),
            APIResponse(202, "Where the person signs in, or which account has to be chosen.", undecided),
        ])
    static let authorize = APIOperation(
        id: "authorizePlatform", summary: "The platform's own page where a person signs in, with state and PKCE.",
        parameters: [
            APIParameter("label", .string, "A name for the connection."),
            APIParameter("field", .array(.string), "What the way asks for first, as name:value."),
        ], responses: [APIResponse(200, "The address.", authorizeURL)])
    static let connections = APIOperation(
        id: "listConnections", summary: "Connections with their states.",
        responses: [.list("Connections.", of: connection)])
    static let show = APIOperation(
        id: "getConnection", summary: "One connection: state, cause, next step, streams.",
        responses: [APIResponse(200, "The connection.", connection)])
    static let streams = APIOperation(
        id: "listConnectionStreams", summary: "How far each stream is.", responses: [.list("Streams.", of: stream)])
    static let runs = APIOperation(
        id: "listConnectionRuns", summary: "The newest 50 readings.", responses: [.list("Runs.", of: run)])
    static let sync = APIOperation(
        id: "syncConnection", summary: "Reads what is new now.",
        parameters: [APIParameter("stream", .array(.string), "Only these streams.")],
        responses: [APIResponse(202, "Started.", started)])
    static let rebuild = APIOperation(
        id: "replayConnection", summary: "Makes the rows again from the raw records, without the platform.",
        responses: [APIResponse(202, "Started.", started)])
    static let pause = APIOperation(
        id: "pauseConnection", summary: "Reads nothing until resumed.",
        responses: [APIResponse(200, "The connection.", connection)])
    static let resume = APIOperation(
        id: "resumeConnection", summary: "Reads again.", responses: [APIResponse(200, "The connection.", connection)])
    static let reauthorize = APIOperation(
        id: "reauthorizeConnection", summary: "New credentials for the same account.",
        body: APIBody(.object([.optional("credentials", .map(.string))]), example: ["credentials": [:]]),
        responses: [
            APIResponse(200, "The connection.", connection),
            APIResponse(202, "Where the person signs in.", authorizeURL),
        ])
    static let disconnect = APIOperation(
        id: "disconnectPlatform", summary: "Withdraws our access; the data stay unless asked otherwise.",
        parameters: [APIParameter("erase_data", .boolean, "Also remove what this connection brought.")],
        responses: [APIResponse(204, "Disconnected.")])
    static let consentPolicy = APIOperation(
        id: "getConsentPolicy", summary: "What a yes at the platform allows here.",
        responses: [APIResponse(200, "The policy.", policy)])
    static let setConsentPolicy = APIOperation(
        id: "setConsentPolicy", summary: "Changes what a yes at the platform allows; stored rows follow.",
        body: APIBody(policy, example: ["purposes": ["email": ["email_marketing"]], "days": 365]),
        responses: [APIResponse(202, "Started.", started)])
    /// Meta's callbacks differ by nothing else.
    private static let saidInAddress = APIParameter(
        "event", .enumeration(["deauthorize", "data_deletion"]), "Which of a platform's callbacks it is.")
    static let webhook = APIOperation(
        id: "receiveWebhook", summary: "Where platforms report what happened; only what is signed has an effect.",
        details: "The address is made on the connection's page. Answered at once; the work is done afterwards.",
        parameters: [saidInAddress],
        body: APIBody(.any), responses: [APIResponse(200, "Taken in.", .string, contentType: "text/plain")])
    static let appWebhook = APIOperation(
        id: "receiveAppWebhook", summary: "The same for platforms whose app has one address for all accounts.",
        details: "The account that the message names finds the connections.",
        parameters: [saidInAddress],
        body: APIBody(.any), responses: [APIResponse(200, "Taken in.", .string, contentType: "text/plain")])
}
