import Accounts
import Web

/// The routes of retention campaigns.
struct CampaignRoutes {
    let campaigns: EyesCampaigns
    let eyes: EyesAPI

    var pages: [PageRoute<TenantPageContext>] {
        let controller = CampaignController(campaigns: campaigns)
        let propose = RouteAccess.needs("action:propose")
        return [
            .get("eyes/campaigns", .needs("eyes:view"), name: "eyes.campaigns", controller.index),
            .get("eyes/campaigns/new", propose, name: "eyes.campaign.new", controller.form),
            .post("eyes/campaigns", propose, name: "eyes.campaign.create", controller.create),
            .get("eyes/campaigns/{id}", .needs("eyes:view"), name: "eyes.campaign", controller.show),
            .post(
                "eyes/campaigns/{id}/approve", .needs("action:approve"), name: "eyes.campaign.approve",
                controller.approve),
            .post(
                "eyes/campaigns/{id}/execute", .needs("action:execute"), name: "eyes.campaign.execute",
                controller.execute),
            .post("eyes/campaigns/{id}/refresh", propose, name: "eyes.campaign.refresh", controller.refresh),
            .post("eyes/campaigns/{id}/cancel", propose, name: "eyes.campaign.cancel", controller.cancel),
            .get(
                "eyes/campaigns/{id}/file", .needs("analytics:export"), name: "eyes.campaign.file", controller.file),
        ]
    }

    private var one: Schema {
        .object([
            SchemaField("campaign_id", .string), SchemaField("action_id", .string), SchemaField("name", .string),
            SchemaField("state", .enumeration(Campaign.State.allCases.map(\.rawValue))),
            SchemaField("run_id", .string), SchemaField("gate", .string), SchemaField("audience", .any),
            .optional("expected", .any), .optional("result", .any), .optional("as_of", .nullable(.dateTime)),
            .optional("consent", .any), .optional("clustering", .any), .optional("churn", .any),
        ])
    }

    private var hash: APIBody {
        APIBody(.object([SchemaField("audience_hash", .string, "The hash of what is agreed to.")]))
    }

    var api: [APIRoute<APIContext>] {
        let api = CampaignAPI(campaigns: campaigns, eyes: eyes)
        let view = RouteAccess.needs("eyes:view")
        return [
            APIRoute(
                .post, "eyes/trigger-retention-campaign", .needs("action:propose"),
                APIOperation(
                    id: "triggerRetentionCampaign", summary: "Drafts a campaign with a frozen audience; sends nothing.",
                    details: "409 names why not: no usable model, a provisional one without confirm_provisional, "
                        + "or nobody left.",
                    body: APIBody(draft, example: ["segment_id": "seg_1", "campaign_type": "email"]),
                    responses: [APIResponse(201, "The draft.", one)]), handler: api.trigger),
            APIRoute(
                .get, "eyes/campaigns", view,
                APIOperation(
                    id: "listRetentionCampaigns", summary: "Campaigns, newest first.",
                    parameters: APIParameter.paging,
                    responses: [.ok("Campaigns.", .object([SchemaField("data", .array(one))]))]), handler: api.list),
            APIRoute(
                .get, "eyes/campaigns/{id}", view,
                APIOperation(
                    id: "getRetentionCampaign", summary: "One campaign.", responses: [.ok("The campaign.", one)]),
                handler: api.show),
            APIRoute(
                .post, "eyes/campaigns/{id}/approve", .needs("action:approve"),
                APIOperation(
                    id: "approveRetentionCampaign", summary: "Agrees to exactly this audience.", body: hash,
                    responses: [.ok("The campaign.", one)]), handler: api.approve),
            APIRoute(
                .post, "eyes/campaigns/{id}/execute", .needs("action:execute"),
                APIOperation(
                    id: "executeRetentionCampaign",
                    summary: "Hands the audience over, or frees its file; refuses another audience.", body: hash,
                    responses: [.ok("The campaign.", one)]), handler: api.execute),
            APIRoute(
                .post, "eyes/campaigns/{id}/cancel", .needs("action:propose"),
                APIOperation(
                    id: "cancelRetentionCampaign", summary: "Takes a draft or an approved campaign back.",
                    responses: [.ok("The campaign.", one)]), handler: api.cancel),
        ]
    }

    private var draft: Schema {
        .object([
            SchemaField("campaign_type", .enumeration(CampaignChannel.allCases.map(\.rawValue))),
            .optional("segment_id", .string), .optional("horizon", .enumeration(["30d", "60d", "90d"])),
            .optional("holdout_share", .number, "0 to 0.5; 0.1 where it is left out."), .optional("name", .string),
            .optional("band", .enumeration(RiskLevel.allCases.map(\.rawValue))),
            .optional("cut", .integer(minimum: 1), "Only so many from the top of the list."),
            .optional("connection_id", .string, "A file where it is left out."), .optional("list_id", .string),
            .optional("message", .string), .optional("budget_minor", .integer(minimum: 1)),
            .optional("confirm_provisional", .boolean),
        ])
    }
}
