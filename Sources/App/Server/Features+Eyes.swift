import Accounts
import Alerts
import Audit
import Connectors
import Customers
import Eyes
import Jobs
import Records
import Tenancy
import Vault
import Web

extension Features {
    /// EYES with its ways out: campaigns reach platforms through proposals that somebody confirms, and receivers are
    /// told through signed messages.
    struct EyesOutside {
        let campaigns: EyesCampaigns
        let webhooks: EyesWebhooks

        init(_ base: Foundations, _ eyes: EyesService, _ connections: ConnectionsService) {
            let post = OutboundPost(clock: base.clock)
            let webhooks = EyesWebhooks(
                database: base.database, queue: base.queue, sealer: base.sealer,
                sender: WebhookSender(
                    allows: { await post.allows($0) },
                    send: { message in
                        switch await post.send(message.url, headers: message.headers, body: message.body) {
                        case .status(let status): .status(status)
                        case .unreachable(let word): .unreachable(word)
                        case .privateAddress: .privateAddress
                        }
                    }), audit: base.audit, clock: base.clock)
            self.webhooks = webhooks
            campaigns = EyesCampaigns(
                service: eyes, hooks: Features.campaignHooks(base, connections, webhooks))
        }
    }

    /// A review that waits is an alert for whoever manages EYES, and ends with the decision.
    static func reviews(_ base: Foundations, _ eyes: EyesService, _ alerts: AlertsService) -> EyesReviews {
        @Sendable func directory(_ scope: TenantScope) -> CustomerDirectory {
            CustomerDirectory(scope, base.database, keys: base.keys)
        }
        @Sendable func subject(_ id: String, _ name: String) -> AlertSubject {
            AlertSubject(type: "customer", id: id, label: name)
        }
        return EyesReviews(
            service: eyes,
            hooks: PersonHooks(
                timeline: { scope, id, limit in try await directory(scope).timeline(id, limit: limit) },
                ledger: { scope, id in try await directory(scope).ledger(id) },
                opened: { scope, id, name in
                    _ = try await alerts.raise(
                        scope,
                        AlertDraft(
                            "eyes_review", about: subject(id, name), .warning, title: "alerts.eyes_review.title",
                            text: "alerts.eyes_review.text", step: "alerts.eyes_review.step",
                            path: "/eyes/customers/\(id)", mailed: "eyes:manage"))
                },
                decided: { scope, id, name in
                    try await alerts.settle(scope, kind: "eyes_review", about: subject(id, name))
                }))
    }

    private static func campaignHooks(
        _ base: Foundations, _ connections: ConnectionsService, _ webhooks: EyesWebhooks
    ) -> CampaignHooks {
        CampaignHooks(
            targets: { scope in
                var targets: [CampaignTarget] = []
                for detail in try await connections.list(scope) where detail.connection.status == "connected" {
                    let connection = detail.connection
                    guard try await connections.actionKinds(scope, connection.id).contains(.addToList) else { continue }
                    targets.append(
                        CampaignTarget(
                            connectionID: connection.id, platform: connection.platform, label: connection.label))
                }
                return targets
            },
            handOver: { scope, handOver, requestID in
                try await propose(handOver, scope, connections, requestID)
            },
            addresses: { scope, ids, purpose in
                let found = try await CustomerStore(scope, base.database).addressed(
                    ids, for: purpose, at: "", keys: base.keys, now: base.clock.now())
                return Dictionary(
                    found.people.map {
                        ($0.customerID, CampaignAddress(email: $0.email, phone: $0.details.phone))
                    }, uniquingKeysWith: { first, _ in first })
            }, happened: webhooks.happened)
    }

    /// The exact requests for the campaign's people, in as many proposals as the limit of one takes.
    private static func propose(
        _ handOver: CampaignHandOver, _ scope: TenantScope, _ connections: ConnectionsService, _ requestID: String
    ) async throws -> [String] {
        var ids: [String] = []
        for part in handOver.customerIDs.portions(of: ActionCommand.mostPeople) {
            var command = ActionCommand(.addToList)
            command.listID = handOver.target.listID
            command.customers = part
            let approval = try await connections.propose(
                scope, handOver.target.connectionID, command,
                reason: "\(handOver.name) (\(handOver.campaignID))", requestID: requestID)
            ids.append(approval.id)
        }
        return ids
    }
}
