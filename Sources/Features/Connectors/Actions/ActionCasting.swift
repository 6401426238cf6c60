import Crypto
import Customers
import Foundation
import Records
import Vault
import Web

/// Puts a command and the people found for it into the platform's terms.
struct ActionCasting: Sendable {
    let command: ActionCommand
    let connection: Connection

    init(_ command: ActionCommand, _ connection: Connection) throws {
        self.command = command
        self.connection = connection
        // An id becomes part of addresses and queries.
        for id in [command.id, command.listID].compactMap(\.self) {
            guard id != ".", id != "..", !id.utf8.contains(where: { $0 < 0x20 || $0 == 0x7B || $0 == 0x7D }) else {
                throw ActionError.invalid("id")
            }
        }
    }

    /// Whether the platform can be told whom this is about.
    func canTake(_ person: AddressedPerson) -> Bool {
        switch command.type {
        case .uploadAudience, .removeFromAudience, .suppress, .upsertContact: person.email != nil
        // Some platforms know people by their address only.
        case .erase: person.externalID != nil || person.email != nil
        default: person.externalID != nil
        }
    }

    /// Whether clear addresses may stand in the requests.
    var showsAddresses: Bool {
        switch command.type {
        case .suppress, .upsertContact, .erase, .setConsent: true
        default: false
        }
    }

    /// An act that is not about people.
    func plain() throws -> PlatformAction {
        let id = command.id ?? ""
        let text = command.text ?? ""
        switch command.type {
        case .setStatus:
            return .setStatus(
                entity: command.entity ?? "", externalID: id, active: command.status == "active")
        case .setBudget: return .setBudget(externalID: id, minor: command.amountMinor ?? 0, currency: try currency())
        case .setBid: return .setBid(externalID: id, minor: command.amountMinor ?? 0, currency: try currency())
        case .createDiscount:
            return .createDiscount(
                code: command.code ?? "", percent: command.percent ?? 0,
                startsAt: command.startsAt ?? command.at ?? Date(timeIntervalSince1970: 0), endsAt: command.endsAt)
        case .generateCoupons: return .generateCoupons(ruleID: command.listID ?? "", count: command.count ?? 0)
        case .cancelSubscription:
            return .cancelSubscription(externalID: id, atPeriodEnd: command.atPeriodEnd ?? true)
        case .setText: return .setText(externalID: id, title: command.title ?? "", body: text, present: .null)
        case .setOpportunity: return .setOpportunity(externalID: id, status: command.status ?? "")
        default: throw ActionError.unsupported
        }
    }

    /// An act on people, who are all ones that can be taken.
    func action(_ people: [AddressedPerson], statedAt: Date) throws -> PlatformAction {
        guard let first = people.first else { throw ActionError.refused(.nobody) }
        let list = command.listID ?? ""
        let ids = people.compactMap(\.externalID)
        let (id, email) = (first.externalID ?? "", first.email)
        switch command.type {
        case .addToList: return .addToList(listID: list, externalIDs: ids)
        case .removeFromList: return .removeFromList(listID: list, externalIDs: ids)
        case .startWorkflow: return .startWorkflow(workflowID: list, externalID: id)
        case .addToCampaign: return .addToCampaign(campaignID: list, externalID: id)
        case .uploadAudience: return .uploadAudience(audienceID: list, emailHashes: Self.hashes(people))
        case .removeFromAudience: return .removeFromList(listID: list, externalIDs: Self.hashes(people))
        case .setConsent:
            guard let channel = ConsentSignal.Channel(rawValue: command.channel ?? "") else {
                throw ActionError.invalid("channel")
            }
            return .setConsent(
                externalID: id, channel: channel, isSubscribed: command.status == "subscribed", at: statedAt,
                email: email, subscriptionID: command.listID)
        case .suppress: return .suppress(emails: people.compactMap(\.email))
        case .upsertContact:
            return .upsertContact(
                externalID: first.externalID, email: email ?? "", properties: command.properties ?? [:])
        case .erase: return .erase(externalID: id, email: email)
        default: throw ActionError.unsupported
        }
    }

    /// SHA-256 of the normalised addresses, in an order of their own: it tells nothing about the people.
    static func hashes(_ people: [AddressedPerson]) -> [String] {
        Set(people.compactMap(\.email).map { Hex.encode(SHA256.hash(data: Array($0.utf8))) }).sorted()
    }

    private func currency() throws -> String {
        guard let currency = command.currency ?? connection.accountCurrency else {
            throw ActionError.invalid("currency")
        }
        // Amounts are in the account's money; another one is a slip.
        guard connection.accountCurrency.map({ $0 == currency }) ?? true else { throw ActionError.invalid("currency") }
        return currency
    }
}
