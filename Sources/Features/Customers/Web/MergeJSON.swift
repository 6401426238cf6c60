import Foundation
import Web

/// A merge as a row of the API; keys are tokens.
struct MergeJSON: JSONWritable {
    let event: MergeEvent

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", event.id)
            json.field("survivor_id", event.survivorID)
            json.field("merged_id", event.mergedID)
            json.field("rule", event.rule.rawValue)
            json.array("keys", event.keys) { json, key in
                json.object { json in
                    json.field("kind", key.rule.rawValue)
                    json.field("token", key.token)
                }
            }
            json.field("actor", event.actor)
            json.field("at", event.at)
            json.field("active", event.isActive)
            json.field("ended", event.end?.rawValue)
            json.field("undone_at", event.undoneAt)
        }
    }
}

struct MergePreviewJSON: JSONWritable {
    let preview: MergePreview
    let currency: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("survivor") { side(preview.survivor, &$0) }
            json.object("merged") { side(preview.merged, &$0) }
            json.object("moves") { json in
                json.field("orders", preview.moves.orders)
                json.field("consents", preview.moves.consents)
                json.field("events", preview.moves.events)
                json.field("payments", preview.moves.payments)
                json.field("subscriptions", preview.moves.subscriptions)
                json.field("deals", preview.moves.deals)
            }
            json.object("after") { json in
                sums(preview.after, &json)
                json.field("consent", preview.consentAfter.rawValue)
            }
            json.array("lost_purposes", preview.lostPurposes) { json, purpose in json.value(purpose.rawValue) }
        }
    }

    private func side(_ side: MergePreview.Side, _ json: inout JSONWriter) {
        json.field("id", side.id)
        json.field("name", side.name)
        json.field("identities", side.identities)
        sums(side.sums, &json)
        json.field("consent", side.consent.rawValue)
    }

    private func sums(_ sums: CustomerSums, _ json: inout JSONWriter) {
        json.field("orders_count", sums.orders)
        json.money("spent", minor: sums.spentMinor, currency: currency)
        json.money("refunded", minor: sums.refundedMinor, currency: currency)
        json.field("first_order_at", sums.firstOrderAt)
        json.field("last_order_at", sums.lastOrderAt)
    }
}

/// A source's row of a person.
struct IdentityJSON: JSONWritable {
    let identity: CustomerIdentity

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("customer_id", identity.customerID)
            json.field("connection_id", identity.connectionID)
            json.field("platform", identity.platform)
            json.field("external_id", identity.externalID)
            json.field("email", identity.emailHint)
            json.field("email_token", identity.emailToken)
            json.field("phone_token", identity.phoneToken)
            json.field("since", identity.since)
            json.field("survivor", identity.isSurvivor)
        }
    }
}

/// What the OpenAPI document says about merges.
enum MergeSchemas {
    private static let rules = Schema.enumeration(MergeRule.allCases.map(\.rawValue))

    private static let event = Schema.ref(
        "Merge",
        .object([
            .init("id", .string), .init("survivor_id", .string, "The customer everything is counted under."),
            .init("merged_id", .string), .init("rule", rules),
            .init(
                "keys", .array(.object([.init("kind", rules), .init("token", .string)])), "What they have in common."),
            .init("actor", .string, "A person's or key's id, or system."), .init("at", .dateTime),
            .init("active", .boolean),
            .init("ended", .nullable(.enumeration(["undone", "unsupported", "replaced", "gone"]))),
            .init("undone_at", .nullable(.dateTime)),
        ]))

    private static let sums: [SchemaField] = [
        .init("orders_count", .integer), .init("spent", .money), .init("refunded", .money),
        .init("first_order_at", .nullable(.dateTime)), .init("last_order_at", .nullable(.dateTime)),
        .init("consent", .enumeration(ConsentStanding.allCases.map(\.rawValue)), "Standing for marketing analytics."),
    ]

    private static let side = Schema.object(
        [.init("id", .string), .init("name", .string, "Masked."), .init("identities", .integer)] + sums)

    private static let body = APIBody(
        .object([
            .init("survivor_id", .string, "Whom everything is counted under."), .init("merged_id", .string),
        ]),
        example: [
            "survivor_id": "cus_0123456789ABCDEFGHJKMNPQRS", "merged_id": "cus_123456789ABCDEFGHJKMNPQRST",
        ])

    static let preview = APIOperation(
        id: "previewMerge", summary: "What merging two customers would do. Nothing is changed.", body: body,
        responses: [
            APIResponse(
                200, "What moves, and the survivor's figures after.",
                .object([
                    .init("survivor", side), .init("merged", side),
                    .init(
                        "moves",
                        .object(
                            ["orders", "consents", "events", "payments", "subscriptions", "deals"].map {
                                .init($0, .integer)
                            })), .init("after", .object(sums)),
                    .init("lost_purposes", .array(.string), "Purposes one of the two allows and both together do not."),
                ]))
        ])

    static let merge = APIOperation(
        id: "mergeCustomers", summary: "Counts one customer under another.",
        details: "Written to the audit log; can be taken back exactly.", body: body,
        responses: [APIResponse(201, "The merge.", event)])

    static let undo = APIOperation(
        id: "undoMerge", summary: "Takes a merge back. No rule joins the two again.",
        responses: [APIResponse(200, "The merge, which holds no longer.", event)])

    static let list = APIOperation(
        id: "listMerges", summary: "Merges, newest first.", parameters: APIParameter.paging,
        responses: [.list("Merges.", of: event)])

    static let identities = APIOperation(
        id: "listIdentities", summary: "The sources' rows of a person, masked.",
        responses: [
            .list(
                "Rows, the one that stands for the person first.",
                of: .object([
                    .init("customer_id", .string), .init("connection_id", .string),
                    .init("platform", .nullable(.string)), .init("external_id", .string),
                    .init("email", .nullable(.string), "Masked."), .init("email_token", .nullable(.string)),
                    .init("phone_token", .nullable(.string)), .init("since", .dateTime), .init("survivor", .boolean),
                ]))
        ])
}
