import Web

/// What the OpenAPI document says about customers, orders and consents.
enum CustomerSchemas {
    static let customer = Schema.ref("Customer", .object(customerFields))
    static let order = Schema.ref(
        "Order",
        .object([
            .init("id", .string), .init("customer_id", .string), .init("connection_id", .string),
            .init("external_id", .nullable(.string), "The source's own id, where it has one."),
            .init("number", .nullable(.string), "What buyer and shop call the order; the id where it has no number."),
            .init("status", .enumeration(OrderStatus.allCases.map(\.rawValue))), .init("placed_at", .dateTime),
            .init("total", .money), .init("refunded", .money), .init("quantity", .integer), .init("test", .boolean),
            .init("retold", .boolean, "Told once more by a source that has it from a shop: kept, and not counted."),
        ]))
    static let consent = Schema.ref(
        "ConsentRecord",
        .object([
            .init("id", .string), .init("customer_id", .string),
            .init("purpose", purpose), .init("basis", basis), .init("state", state), .init("source", .string),
            .init(
                "connection_id", .nullable(.string),
                "The connection that brought it; null where it was entered here or its source is gone."),
            .init("channel", .nullable(.string)), .init("wording_version", .nullable(.string)),
            .init("collected_at", .nullable(.dateTime)), .init("expires_at", .nullable(.dateTime)),
            .init("proof", .nullable(.string)), .init("created_at", .dateTime),
        ]))

    private static let purpose = Schema.enumeration(Purpose.consentable.map(\.rawValue))
    private static let basis = Schema.enumeration(ConsentBasis.allCases.map(\.rawValue))
    private static let state = Schema.enumeration(ConsentState.allCases.map(\.rawValue))
    private static let standing = Schema.enumeration(ConsentStanding.allCases.map(\.rawValue))

    private static let customerFields: [SchemaField] = [
        .optional("id", .string), .optional("external_id", .string, "The source's own id."),
        .optional("name", .string, "What screens show; masked."), .optional("email", .nullable(.string), "Masked."),
        .optional("country", .nullable(.string)), .optional("orders_count", .integer), .optional("spent", .money),
        .optional("refunded", .money), .optional("first_order_at", .nullable(.dateTime)),
        .optional("last_order_at", .nullable(.dateTime)),
        .optional(
            "consent", .object([.init("state", standing), .init("until", .nullable(.dateTime))]),
            "Standing for marketing analytics."),
    ]

    static let list = APIOperation(
        id: "listCustomers", summary: "Customers, masked.",
        parameters: APIParameter.paging + [
            APIParameter(
                "search", .string,
                "An id, an e-mail address, the beginning of a token or of the source's id, or words of it and of tags."
            ),
            APIParameter(
                "near", .string, "A place: latitude and longitude, or a country's two letters.",
                example: "40.46,-3.75"),
            APIParameter("within_km", .number, "Kilometers around `near`; 100 unless said.", example: 250),
            APIParameter("consent", standing, "Standing for marketing analytics."),
            APIParameter("last_order_from", .date, "Last order on or after."),
            APIParameter("last_order_to", .date, "Last order before."),
            APIParameter("spent_from", .integer(minimum: 0), "Spent at least, in minor units."),
            APIParameter("spent_to", .integer(minimum: 0), "Spent at most, in minor units."),
            APIParameter("segment", .string, "Not here: see /eyes/segments/by-id/{id}/members."),
            APIParameter(
                "sort", .string, "last_order_at, spent_minor, orders_count or external_id; a minus sorts downwards."),
            APIParameter("fields", .string, "Names of the fields wanted, separated by commas."),
        ], responses: [.list("Customers.", of: customer)])

    static let show = APIOperation(
        id: "getCustomer", summary: "A customer, masked.",
        responses: [
            APIResponse(
                200, "The customer.",
                .object(
                    customerFields + [
                        .init("email_token", .nullable(.string)), .init("tags", .array(.string)),
                        .init("source_created_at", .nullable(.dateTime)), .init("connection_id", .string),
                        .init("created_at", .dateTime),
                    ]))
        ])

    static let timeline = APIOperation(
        id: "getCustomerTimeline", summary: "Orders and consent entries of a customer, newest first.",
        parameters: APIParameter.paging,
        responses: [
            .list(
                "Entries.",
                of: .object([
                    .init("at", .dateTime), .init("type", .enumeration(["order", "consent"])),
                    .optional("order", order),
                    .optional("consent", consent),
                ]))
        ])

    static let reveal = APIOperation(
        id: "revealCustomer", summary: "Clear name and address of a customer; written to the audit log.",
        responses: [
            APIResponse(
                200, "Clear values.",
                .object([
                    .init("id", .string), .init("email", .nullable(.string)), .init("first_name", .nullable(.string)),
                    .init("last_name", .nullable(.string)),
                ]))
        ])

    static let orders = APIOperation(
        id: "listOrders", summary: "Orders, newest first.",
        parameters: APIParameter.paging + [
            APIParameter("customer_id", .string, "Orders of one customer."),
            APIParameter("placed_from", .date, "Placed on or after."),
            APIParameter("placed_to", .date, "Placed before."),
        ], responses: [.list("Orders.", of: order)])

    static let consents = APIOperation(
        id: "listConsents", summary: "The consent ledger, newest entry first.",
        parameters: APIParameter.paging + [
            APIParameter("customer_id", .string, "Entries of one customer."),
            APIParameter("purpose", purpose, "Entries for one purpose."),
        ], responses: [.list("Entries.", of: consent)])

    static let appendConsent = APIOperation(
        id: "appendConsent", summary: "Adds an entry to the consent ledger.",
        details: "The latest entry wins. An opt-out is in force with the next query.",
        body: APIBody(
            .object([
                .init("customer_id", .string), .init("purpose", purpose), .init("state", state),
                .optional("basis", basis),
                .optional("collected_at", .dateTime), .optional("expires_at", .dateTime),
                .optional("wording_version", .string), .optional("channel", .string), .optional("proof", .string),
            ]),
            example: [
                "customer_id": "cus_0123456789ABCDEFGHJKMNPQRS", "purpose": "marketing_analytics",
                "state": "withdrawn",
            ]),
        responses: [APIResponse(201, "The entry.", consent)])
}
