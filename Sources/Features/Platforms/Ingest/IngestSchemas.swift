import Customers
import Records
import Web

/// What the OpenAPI document says about the rows that programs send.
enum IngestSchemas {
    static let receive = APIOperation(
        id: "ingestRows", summary: "Takes rows with ids of the sender's own, and says of each what became of it.",
        details: """
            A JSON list of at most 1,000 rows and 5 MB, or a stream of JSON lines (application/x-ndjson) of at most \
            100 MB. At most 300 requests a minute for an organization. Sending a row again changes nothing; of two \
            states of a row the one with the later updated_at counts, else the later one sent. Rows without an id are \
            known by what they are about: figures by day or minute, source, level and entity, usage by account and \
            period, consents by what they say. A row that is refused keeps no other from being stored. The answer \
            lists every row up to 10,000, beyond that the refused ones.
            """,
        parameters: [
            APIParameter(
                "type", in: .path, .enumeration(IngestType.allCases.map(\.rawValue)), "What the rows are.",
                example: "events")
        ],
        body: APIBody(
            .array(.any),
            example: [
                [
                    "id": "e-1", "event_type": "page_view", "ts": "2026-11-21T10:00:00Z", "customer_id": "c-17",
                    "channel": "web",
                ]
            ]),
        responses: [
            APIResponse(
                207, "What became of each row.", answer,
                example: [
                    "id": "ing_0123456789ABCDEFGHJKMNPQRS", "type": "events", "received": 2,
                    "counts": ["created": 1, "updated": 0, "unchanged": 0, "superseded": 0, "refused": 1],
                    "complete": true,
                    "data": [
                        ["index": 0, "id": "e-1", "verdict": "created"],
                        [
                            "index": 1, "id": "e-2", "verdict": "refused",
                            "errors": [["field": "ts", "code": "required", "message": "Is missing."]],
                        ],
                    ],
                ])
        ])

    private static let verdict = Schema.ref(
        "IngestVerdict",
        .object([
            .init("index", .integer, "Place among the rows, from 0."), .init("id", .nullable(.string)),
            .init("verdict", .enumeration(IngestVerdict.Outcome.allCases.map(\.rawValue))),
            .optional(
                "errors",
                .array(.object([.init("field", .string), .init("code", .string), .init("message", .string)]))),
        ]))

    private static let id = SchemaField("id", .string, "The request, by which it is listed and undone for 30 days.")

    private static let answer = Schema.object([
        id, .init("type", .enumeration(IngestType.allCases.map(\.rawValue))), .init("received", .integer),
        .init("counts", .object(IngestVerdict.Outcome.allCases.map { SchemaField($0.rawValue, .integer) })),
        .init("complete", .boolean, "Whether every row is listed."), .init("data", .array(verdict)),
    ])

    private static let request = Schema.ref(
        "IngestRequest",
        .object([
            id, .init("type", .enumeration(IngestType.allCases.map(\.rawValue))),
            .init("state", .enumeration(IngestRequest.State.allCases.map(\.rawValue))),
            .init("connection_id", .string), .init("received", .integer),
            .init("counts", .object(IngestVerdict.Outcome.allCases.map { SchemaField($0.rawValue, .integer) })),
            .init("sent_by", .nullable(.string)), .init("created_at", .dateTime),
            .init("finished_at", .nullable(.dateTime)), .init("expires_at", .dateTime),
        ]))

    static let list = APIOperation(
        id: "listIngestRequests", summary: "Requests in which programs sent rows, of the last 30 days.",
        parameters: APIParameter.paging, responses: [.list("Requests, newest first.", of: request)])
    static let show = APIOperation(
        id: "getIngestRequest", summary: "A request in which a program sent rows.",
        responses: [APIResponse(200, "The request.", request)])
    static let undo = APIOperation(
        id: "undoIngestRequest", summary: "Removes exactly what the request brought; what it changed is put back.",
        details: "Where a later request has changed the same rows, that one has to be undone first: 409 names it.",
        responses: [
            APIResponse(
                202, "Started.",
                .object([.init("job_id", .string), .init("request_id", .string), .init("state", .string)]))
        ])
}
