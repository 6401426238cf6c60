import Audit
import BSON
import Customers
import Foundation
import NIOCore
import Tenancy
import Web

/// The people of a handed-over campaign as a CSV file: only those to be written to, and of them only who still agrees.
struct CampaignFile: Sendable {
    let campaigns: EyesCampaigns
    let scope: TenantScope

    static let columns = ["customer_id", "token", "email", "phone", "campaign_id"]

    func response(_ id: String, requestID: String?) async throws -> Response {
        try scope.require(.analyticsExport)
        let campaign = try await campaigns.known(scope, id)
        guard campaign.state == .active || campaign.state == .measured else { throw CampaignRefusal.notApproved }
        let csv = try await csv(campaign, requestID: requestID)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(campaign.id).csv\"", .cacheControl: "private, no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: csv)))
    }

    func csv(_ campaign: Campaign, requestID: String?) async throws -> [UInt8] {
        let treated = try await campaigns.store(scope).people(of: campaign.id, held: false).map(\.customerID)
        let usable = try await campaigns.usable(scope, treated, campaign.channel)
        let ids = treated.filter { usable.contains($0) }
        let badges = try await CustomerStore(scope, campaigns.service.database).badges(ids)
        let showsAddresses = scope.can(.customerExport)
        let addresses =
            showsAddresses ? try await campaigns.hooks.addresses(scope, ids, campaign.channel.purpose) : [:]
        try await campaigns.service.audit.record(
            scope,
            AuditEntry(
                .dataAccess, "eyes.campaign_exported", on: "eyes_campaign", campaign.id,
                details: [
                    "rows": .int(ids.count), "addresses": .bool(showsAddresses),
                    "hash": .string(campaign.audience.hash),
                ]), requestID: requestID)
        var csv = CSVWriter()
        csv.row(Self.columns)
        for id in ids {
            let address = addresses[id]
            csv.row([id, badges[id]?.token ?? "", address?.email ?? "", address?.phone ?? "", campaign.id])
        }
        return csv.bytes
    }
}
