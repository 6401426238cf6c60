import Jobs
import Tenancy

/// One try to bring a message to its endpoint. What does not arrive makes the next job itself, later.
public struct WebhookOutJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        let deliveryID: String

        enum CodingKeys: String, CodingKey { case deliveryID = "delivery_id" }
    }

    public static let kind = "webhook.deliver"
    public static let stages = ["sending"]

    let webhooks: EyesWebhooks
    let memberships: Memberships

    public init(_ webhooks: EyesWebhooks, memberships: Memberships) {
        self.webhooks = webhooks
        self.memberships = memberships
    }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let scope = try await memberships.jobScope(organizationID: context.job.partition, startedBy: nil) else {
            return
        }
        try await webhooks.deliver(scope, parameters.deliveryID)
    }
}
