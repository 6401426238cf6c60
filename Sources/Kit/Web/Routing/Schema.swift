/// The shape of a JSON value, for the OpenAPI document and for checking examples against it.
public indirect enum Schema: Sendable {
    case string
    case integer(minimum: Int? = nil, maximum: Int? = nil)
    case number
    case boolean
    /// `YYYY-MM-DD`.
    case date
    /// ISO 8601 in UTC.
    case dateTime
    /// `{amount_minor, currency}`.
    case money
    /// A number from 0 to 1.
    case probability
    case array(Schema)
    case object([SchemaField])
    /// An object whose keys are data.
    case map(Schema)
    /// A named schema, written once under `components` and referred to.
    case ref(String, Schema)
    case enumeration([String])
    case nullable(Schema)
    /// Any JSON value.
    case any

    /// `.integer` without bounds.
    public static var integer: Schema { .integer() }

    /// The list envelope of big lists around rows.
    public static func list(of row: Schema) -> Schema {
        .object([
            .init("data", .array(row)),
            .init(
                "page",
                .ref(
                    "Page",
                    .object([
                        .init("limit", .integer), .init("next_cursor", .nullable(.string)),
                        .optional("total", .integer), .optional("total_is_exact", .boolean),
                    ]))),
        ])
    }
}

/// One field of an object schema.
public struct SchemaField: Sendable {
    public let name: String
    public let schema: Schema
    public let isRequired: Bool
    public let summary: String?

    /// A field that is always there.
    public init(_ name: String, _ schema: Schema, _ summary: String? = nil) {
        self.init(name: name, schema: schema, isRequired: true, summary: summary)
    }

    init(name: String, schema: Schema, isRequired: Bool, summary: String?) {
        self.name = name
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
    }

    /// A field that may be missing.
    public static func optional(_ name: String, _ schema: Schema, _ summary: String? = nil) -> SchemaField {
        SchemaField(name: name, schema: schema, isRequired: false, summary: summary)
    }
}
