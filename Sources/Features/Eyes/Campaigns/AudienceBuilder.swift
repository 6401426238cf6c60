import Crypto
import Foundation
import Learning

/// Freezes a list: who may be written to, who is held out, and the hash of it all. Pure.
struct AudienceBuilder {
    /// Somebody of the list, in its order.
    struct Candidate: Sendable, Equatable {
        let customerID: String
        let chance: Double?
        let spend90Minor: Int64
    }

    struct Frozen: Sendable {
        var audience: CampaignAudience
        var people: [CampaignPerson]
    }

    let campaignID: String
    let channel: CampaignChannel
    let target: CampaignTarget?
    let holdoutShare: Double
    let seed: Int64

    /// - Parameters:
    ///   - usable: who may be used for the channel and for analysis.
    ///   - capped: who is in another campaign of the last days.
    ///   - reviewed: whom a human review keeps out.
    ///   - most: how many contacts the budget pays; nil without one.
    func freeze(
        _ candidates: [Candidate], usable: Set<String>, capped: Set<String>, most: Int?, reviewed: Set<String> = []
    ) -> Frozen {
        var audience = CampaignAudience(hash: "")
        audience.selected = candidates.count
        let consenting = candidates.filter { usable.contains($0.customerID) }
        audience.withoutConsent = candidates.count - consenting.count
        let undisputed = consenting.filter { !reviewed.contains($0.customerID) }
        audience.reviewed = consenting.count - undisputed.count
        let free = undisputed.filter { !capped.contains($0.customerID) }
        audience.capped = undisputed.count - free.count
        // The hold-out costs nothing: so many are taken that the written-to stay within the budget.
        let room = most.map { holdoutShare < 1 ? Int((Double($0) / (1 - holdoutShare)).rounded(.down)) : $0 }
        let kept = Array(free.prefix(room ?? free.count))
        audience.beyondBudget = free.count - kept.count
        let held = heldOut(kept.map(\.customerID))
        let people = kept.map {
            CampaignPerson(
                campaignID: campaignID, customerID: $0.customerID, held: held.contains($0.customerID), chance: $0.chance
            )
        }.sorted { $0.customerID < $1.customerID }
        audience.held = held.count
        audience.treated = people.count - held.count
        audience.hash = hash(people)
        return Frozen(audience: audience, people: people)
    }

    /// Drawn from the ids in ascending order, so that the draw depends on the seed and the set alone.
    private func heldOut(_ ids: [String]) -> Set<String> {
        let ordered = ids.sorted()
        let count = Int((Double(ordered.count) * holdoutShare).rounded())
        guard count > 0 else { return [] }
        var generator = SeededGenerator(seed: UInt64(bitPattern: seed))
        return Set(generator.sample(count, from: ordered.count).map { ordered[$0] })
    }

    /// SHA-256 over channel, target and everybody's id and group.
    func hash(_ people: [CampaignPerson]) -> String {
        var hash = SHA256()
        let head = [campaignID, channel.rawValue, target?.connectionID ?? "file", target?.listID ?? ""]
        hash.update(data: Data(head.joined(separator: "\n").utf8))
        for person in people.sorted(by: { $0.customerID < $1.customerID }) {
            hash.update(data: Data("\n\(person.customerID) \(person.held ? "held" : "treated")".utf8))
        }
        return RunName.hex(hash.finalize())
    }
}
