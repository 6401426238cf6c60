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
                    "type": "events", "received": 2,
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

    private static let answer = Schema.object([
        .init("type", .enumeration(IngestType.allCases.map(\.rawValue))), .init("received", .integer),
        .init("counts", .object(IngestVerdict.Outcome.allCases.map { SchemaField($0.rawValue, .integer) })),
        .init("complete", .boolean, "Whether every row is listed."), .init("data", .array(verdict)),
    ])
}
