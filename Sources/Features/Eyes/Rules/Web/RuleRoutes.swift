import Accounts
import Web

/// The routes of rule segments.
struct RuleRoutes {
    let rules: EyesRules
    let eyes: EyesAPI

    var pages: [PageRoute<TenantPageContext>] {
        let controller = RuleController(rules: rules)
        let view = RouteAccess.needs("eyes:view")
        let run = RouteAccess.needs("eyes:run")
        return [
            .get("eyes/rules", view, name: "eyes.rules", controller.index),
            .get("eyes/rules/new", run, name: "eyes.rule.new", controller.new),
            .post("eyes/rules/builder", run, name: "eyes.rule.create", controller.build),
            .post("eyes/rules/estimate", run, name: "eyes.rule.estimate", controller.estimate),
            .get("eyes/rules/{id}", view, name: "eyes.rule", controller.show),
            .get("eyes/rules/{id}/edit", run, name: "eyes.rule.edit", controller.edit),
            .post("eyes/rules/{id}/builder", run, name: "eyes.rule.change", controller.build),
            .post("eyes/rules/{id}/rebuild", run, name: "eyes.rule.rebuild", controller.rebuild),
            .post("eyes/rules/{id}/delete", run, name: "eyes.rule.delete", controller.delete),
        ]
    }

    private var condition: Schema {
        .object([
            SchemaField("field", .enumeration(RuleField.allCases.map(\.rawValue))),
            SchemaField("comparison", .enumeration(RuleComparison.allCases.map(\.rawValue))),
            .optional(
                "value", .any,
                "A text, or a number: counts and days whole, money in minor units, risk_score from 0 to 1."),
            .optional("days", .integer(minimum: 0, maximum: RuleCheck.mostDays), "For orders, spend and event."),
            .optional("event", .string, "For event: its type."),
            .optional("horizon", .enumeration(["30d", "60d", "90d"]), "For risk_score, risk_level, value_at_risk."),
        ])
    }

    private var rule: Schema {
        let match = Schema.enumeration(RuleMatch.allCases.map(\.rawValue))
        return .object([
            SchemaField("match", match), .optional("conditions", .array(condition)),
            .optional(
                "groups",
                .array(.object([SchemaField("match", match), SchemaField("conditions", .array(condition))]))),
        ])
    }

    private var one: Schema {
        .object([
            SchemaField("rule_id", .string), SchemaField("name", .string), SchemaField("rule", rule),
            SchemaField("version", .integer), SchemaField("state", .enumeration(["building", "built"])),
            SchemaField("build", .any), .optional("sample", .any), .optional("used_by", .any),
        ])
    }

    private let example: JSONValue = [
        "name": "Quiet for two months",
        "rule": [
            "match": "all",
            "conditions": [["field": "days_since_order", "comparison": "at_least", "value": 60]],
            "groups": [
                [
                    "match": "any",
                    "conditions": [
                        ["field": "country", "comparison": "is", "value": "ES"],
                        ["field": "risk_level", "comparison": "is", "value": "high", "horizon": "90d"],
                    ],
                ]
            ],
        ],
    ]

    var api: [APIRoute<APIContext>] {
        let api = RuleAPI(rules: rules, eyes: eyes)
        let view = RouteAccess.needs("eyes:view")
        let run = RouteAccess.needs("eyes:run")
        return [
            APIRoute(
                .get, "eyes/rules", view,
                APIOperation(
                    id: "listRuleSegments", summary: "Segments made by rules, newest first.",
                    responses: [.ok("Rules.", .object([SchemaField("data", .array(one))]))]), handler: api.list),
            APIRoute(
                .post, "eyes/rules", run,
                APIOperation(
                    id: "createRuleSegment", summary: "Keeps a rule; its members are built by a job.",
                    body: APIBody(
                        .object([SchemaField("name", .string), SchemaField("rule", rule)]), example: example),
                    responses: [APIResponse(201, "The rule.", one)]), handler: api.create),
            APIRoute(
                .post, "eyes/rules/estimate", run,
                APIOperation(
                    id: "estimateRuleSegment",
                    summary: "How many people a rule would hold, with a 95 % interval, and five of them with reasons.",
                    body: APIBody(.object([SchemaField("rule", rule)])),
                    responses: [.ok("The estimate.", .any)]), handler: api.estimate),
            APIRoute(
                .get, "eyes/rules/{id}", view,
                APIOperation(
                    id: "getRuleSegment", summary: "One rule, its last build and who uses it.",
                    responses: [.ok("The rule.", one)]), handler: api.show),
            APIRoute(
                .patch, "eyes/rules/{id}", run,
                APIOperation(
                    id: "changeRuleSegment",
                    summary: "Another name or wording; 409 when version is not the present one.",
                    body: APIBody(
                        .object([
                            .optional("name", .string), .optional("rule", rule), .optional("version", .integer),
                        ])), responses: [.ok("The rule.", one)]), handler: api.change),
            APIRoute(
                .delete, "eyes/rules/{id}", run,
                APIOperation(
                    id: "deleteRuleSegment", summary: "409 while other rules or open campaigns name it.",
                    responses: [APIResponse(204, "Gone.")]), handler: api.delete),
            APIRoute(
                .post, "eyes/rules/{id}/rebuild", run,
                APIOperation(
                    id: "rebuildRuleSegment", summary: "Builds the membership anew, and of all rules that name it.",
                    responses: [APIResponse(202, "Queued.", .object([SchemaField("job_id", .string)]))]),
                handler: api.rebuild),
            APIRoute(
                .get, "eyes/rules/{id}/members", view,
                APIOperation(
                    id: "listRuleSegmentMembers", summary: "Members with what was true of them, by id.",
                    parameters: APIParameter.paging, responses: [.ok("Members.", .any)]), handler: api.members),
        ]
    }
}
