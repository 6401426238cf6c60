import Customers
import Web

/// What the OpenAPI document says about imports.
enum ImportSchemas {
    private static let problem = Schema.ref(
        "ImportProblem",
        .object([
            .init("line", .integer), .init("column", .string),
            .init("code", .enumeration(RowProblemCode.allCases.map(\.rawValue))), .init("value", .string),
        ]))
    private static let counts = Schema.object(
        [
            "rows", "new", "updated", "unchanged", "orders_new", "orders_updated", "orders_unchanged", "repeated",
            "further", "quarantined", "card_numbers", "customers_new", "consents_new", "consents_kept_out",
        ].map { SchemaField($0, .integer) })
    private static let record = Schema.ref(
        "Import",
        .object([
            .init("id", .string), .init("connection_id", .string), .init("file_name", .string), .init("size", .integer),
            .init("sha256", .string), .init("state", .enumeration(ImportState.allCases.map(\.rawValue))),
            .init("detected", .any), .init("mapping", .any), .init("missing", .array(.string)), .init("counts", counts),
            .init("failure", .nullable(.any)), .init("job_id", .nullable(.string)), .init("progress", .nullable(.any)),
            .init("created_at", .dateTime), .init("started_at", .nullable(.dateTime)),
            .init("finished_at", .nullable(.dateTime)),
        ]))
    private static let template = Schema.enumeration(ImportTemplate.allCases.map(\.rawValue))
    private static let started = Schema.object([
        .init("job_id", .string), .init("import_id", .string), .init("state", .string),
    ])

    static let list = APIOperation(
        id: "listImports", summary: "Imports, newest first.", parameters: APIParameter.paging,
        responses: [.list("Imports.", of: record)])

    static let upload = APIOperation(
        id: "uploadImport", summary: "Takes in a file of rows, up to 1 GB, and finds out how it is written.",
        details: "CSV or JSON lines. Send the file as the body, or as the part `file` of a multipart form.",
        parameters: [
            APIParameter("template", template, "What the rows are; guessed from the columns' names unless said."),
            APIParameter("file_name", .string, "The file's name, when the body is the file."),
            APIParameter("connection_id", .string, "Through which connection; the standard one unless said."),
        ], body: APIBody(.string, contentType: "text/csv"), responses: [APIResponse(201, "The import.", record)])

    static let templates = APIOperation(
        id: "listImportTemplates", summary: "What files may hold: columns of each kind of row, and a small sample.",
        responses: [
            APIResponse(
                200, "Templates.",
                .object([
                    .init(
                        "data",
                        .array(
                            .object([
                                .init("template", template),
                                .init(
                                    "fields",
                                    .array(.object([.init("name", .string), .init("required", .boolean)]))),
                                .init("sample", .string, "CSV."),
                            ])))
                ]))
        ])

    static let show = APIOperation(
        id: "getImport", summary: "An import with its state, counts and progress.",
        responses: [APIResponse(200, "The import.", record)])

    static let map = APIOperation(
        id: "mapImport", summary: "Says which column means what, and how values are written.",
        body: APIBody(
            .object([
                .optional("template", template, "Proposes all columns anew where it is another one."),
                .optional("columns", .map(.nullable(.integer)), "Field to number of the column, from 0."),
                .optional("encoding", .enumeration(TextEncoding.allCases.map(\.rawValue))),
                .optional("delimiter", .string), .optional("has_header", .boolean),
                .optional("date_format", .enumeration(DateFormat.allCases.map(\.rawValue))),
                .optional("number_format", .enumeration(NumberFormat.allCases.map(\.rawValue))),
                .optional("currency", .string),
                .optional("expiry_format", .enumeration(DateFormat.allCases.map(\.rawValue))),
            ]),
            example: ["columns": ["customer": 0, "date": 1, "amount": 3], "date_format": "iso"]),
        responses: [APIResponse(200, "The import.", record)])

    static let dryRun = APIOperation(
        id: "dryRunImport", summary: "Counts what the import would bring, without writing.",
        responses: [
            APIResponse(
                200, "Counts and the first hundred problems.",
                .object([
                    .init("rows", .integer), .init("accepted", .integer), .init("orders", .integer),
                    .init("repeated", .integer),
                    .init("further", .integer, "Rows that add a product to the order before them."),
                    .init("first_at", .nullable(.dateTime)),
                    .init("last_at", .nullable(.dateTime)),
                    .init("quarantined", .integer), .init("customers", .integer),
                    .init("first_order_at", .nullable(.dateTime)), .init("last_order_at", .nullable(.dateTime)),
                    .init("amounts", .array(.money)), .init("rows_with_consent", .integer), .init("partial", .boolean),
                    .init("problems", .array(problem)),
                ]))
        ])

    static let run = APIOperation(
        id: "runImport", summary: "Starts the import.",
        details: """
            With `consent`, the caller confirms that everybody in the file consented to marketing_analytics. The wording \
            in force is import-2026-11 for orders, \
            \(ConsentConfirmation.wordingVersion(of: .customers)) for customers and \
            \(ConsentConfirmation.wordingVersion(of: .events)) for events.
            """,
        body: APIBody(
            .object([
                .optional(
                    "consent",
                    .object([
                        .init("purpose", .string), .init("wording_version", .string), .optional("days", .integer),
                    ]))
            ]),
            example: [
                "consent": [
                    "purpose": "marketing_analytics",
                    "wording_version": .string(ConsentConfirmation.wordingVersion(of: .orders)), "days": 365,
                ]
            ]),
        responses: [APIResponse(202, "Started.", started)])

    static let undo = APIOperation(
        id: "undoImport", summary: "Removes exactly what the import brought.",
        responses: [APIResponse(202, "Started.", started)])

    static let errors = APIOperation(
        id: "listImportErrors", summary: "Rows that were left out, in file order; all of them as text/csv.",
        parameters: APIParameter.paging, responses: [.list("Rows.", of: problem)])
}
