import Foundation

/// Which rows are the same person, as it follows from what they have in common and from what people have decided.
///
/// A pure function of its input: it gives the same persons in whatever order sources were read. Pairs that are joined
/// already come before new ones, so that a decision to keep two apart moves nobody else.
struct IdentityGraph {
    /// An address or number on more rows of one source is nobody's in particular.
    static let mostRowsPerSource = 5
    /// A number that as many people with different addresses share is a household's or a shop's.
    static let mostPeoplePerPhone = 5
    /// Merges by rule into one customer on one day; more wait for a person.
    static let mostMergesPerDay = 10

    /// In order of id.
    let rows: [IdentityRow]
    /// Platform by connection.
    let platforms: [String: String]
    /// What holds now.
    let events: [MergeEvent]
    /// What was undone by a person.
    let apart: [MergeEvent]
    /// Keys that too many rows have to look at each, with their number.
    let oversized: [IdentityKey: Int]
    /// Merges by rule since midnight, by survivor.
    let mergesToday: [String: Int]

    private let places: [String: Int]

    init(
        rows: [IdentityRow], platforms: [String: String] = [:], events: [MergeEvent] = [], apart: [MergeEvent] = [],
        oversized: [IdentityKey: Int] = [:], mergesToday: [String: Int] = [:]
    ) {
        let rows = rows.sorted { $0.id < $1.id }
        self.rows = rows
        self.platforms = platforms
        self.events = events
        self.apart = apart
        self.oversized = oversized
        self.mergesToday = mergesToday
        places = Dictionary(rows.indices.map { (rows[$0].id, $0) }) { first, _ in first }
    }

    func plan() -> IdentityPlan {
        let groups = groups()
        let quarantined = quarantined(groups)
        let joinable = groups.filter { !quarantined.contains($0.key) }.sorted { $0.key < $1.key }
        var sets = PersonSets(count: rows.count)
        for event in events where event.rule == .manual {
            if let left = places[event.survivorID], let right = places[event.mergedID] {
                sets.join(left, right, byHand: true)
            }
        }
        keepApart(in: &sets)
        let roots = roots
        for isFirstPass in [true, false] {
            for (_, group) in joinable {
                for (place, left) in group.enumerated() {
                    for right in group[(place + 1)...] where !isFirstPass || roots[left] == roots[right] {
                        sets.join(left, right)
                    }
                }
            }
        }
        var plan = IdentityPlan()
        plan.reviews = quarantined.sorted().map { key in
            let ids = (groups[key] ?? []).map { rows[$0].id }
            return .init(kind: .quarantined, key: key, customerIDs: ids, customers: oversized[key] ?? ids.count)
        }
        let evidence = Dictionary(uniqueKeysWithValues: joinable)
        MergePlanner(graph: self, sets: sets, places: places, groups: evidence).add(to: &plan)
        return plan
    }

    private func keepApart(in sets: inout PersonSets) {
        for event in apart {
            for left in event.survivorMembers.compactMap({ places[$0] }) {
                for right in event.mergedMembers.compactMap({ places[$0] }) where left != right {
                    sets.keepApart(left, right)
                }
            }
        }
    }

    /// Under whom each row is counted by the events that hold.
    private var roots: [Int] {
        let parents = Dictionary(
            events.compactMap { event in
                places[event.mergedID].flatMap { child in places[event.survivorID].map { (child, $0) } }
            }
        ) { first, _ in first }
        return rows.indices.map { row in
            var row = row
            while let parent = parents[row] { row = parent }
            return row
        }
    }

    // MARK: Keys

    /// Rows by what they have in common; only what more than one has.
    private func groups() -> [IdentityKey: [Int]] {
        var groups: [IdentityKey: [Int]] = [:]
        for (place, row) in rows.enumerated() {
            for key in row.keys { groups[key, default: []].append(place) }
        }
        for (link, pair) in links() { groups[IdentityKey(.external, link)] = pair }
        return groups.filter { $0.value.count > 1 || oversized[$0.key] != nil }
    }

    /// A link that fits several customers says nothing.
    private func links() -> [String: [Int]] {
        let wanted = Set(rows.flatMap(\.links))
        guard !wanted.isEmpty else { return [:] }
        var named: [String: [Int]] = [:]
        for (place, row) in rows.enumerated() {
            let name = PersonLink.key(platforms[row.connectionID] ?? "", row.externalID)
            if wanted.contains(name) { named[name, default: []].append(place) }
        }
        var groups: [String: [Int]] = [:]
        for (name, targets) in named where targets.count == 1 {
            let sources = rows.indices.filter { rows[$0].links.contains(name) && $0 != targets[0] }
            if !sources.isEmpty { groups[name] = (targets + sources).sorted() }
        }
        return groups
    }

    /// Keys that say nothing about who somebody is.
    private func quarantined(_ groups: [IdentityKey: [Int]]) -> Set<IdentityKey> {
        var result = Set(oversized.keys)
        for (key, group) in groups where key.rule != .external {
            let bySource = Dictionary(grouping: group) { rows[$0].connectionID }
            if bySource.values.contains(where: { $0.count > Self.mostRowsPerSource }) { result.insert(key) }
        }
        var people = PersonSets(count: rows.count)
        for (key, group) in groups where key.rule != .phone && !result.contains(key) {
            for row in group.dropFirst() { people.join(group[0], row) }
        }
        for (key, group) in groups where key.rule == .phone {
            if Set(group.map { people.find($0) }).count > Self.mostPeoplePerPhone { result.insert(key) }
        }
        return result
    }
}
