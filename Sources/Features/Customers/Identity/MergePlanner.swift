/// What has to change for the persons to be as they should.
struct IdentityPlan: Equatable {
    struct Proposal: Equatable {
        var survivorID: String
        var mergedID: String
        var key: IdentityKey
        var survivorMembers: [String]
        var mergedMembers: [String]
    }

    struct Ending: Equatable {
        var event: MergeEvent
        var end: MergeEnd
    }

    struct Review: Equatable {
        var kind: MergeReview.Kind
        var key: IdentityKey
        var customerIDs: [String]
        var customers: Int
    }

    var endings: [Ending] = []
    var proposals: [Proposal] = []
    /// Under whom each customer is to be counted.
    var roots: [String: String] = [:]
    var reviews: [Review] = []
}

/// Turns persons into merges: keeps those that still hold, ends the others, and proposes what is missing.
struct MergePlanner {
    let graph: IdentityGraph
    let sets: PersonSets
    let places: [String: Int]
    /// Rows by the keys that join.
    let groups: [IdentityKey: [Int]]
    private let keys: [Int: [IdentityKey]]

    init(graph: IdentityGraph, sets: PersonSets, places: [String: Int], groups: [IdentityKey: [Int]]) {
        self.graph = graph
        self.sets = sets
        self.places = places
        self.groups = groups
        var keys: [Int: [IdentityKey]] = [:]
        for (key, group) in groups { for row in group { keys[row, default: []].append(key) } }
        self.keys = keys
    }

    private var rows: [IdentityRow] { graph.rows }

    func add(to plan: inout IdentityPlan) {
        var parents: [Int: Int] = [:]
        let leaders = leaders()
        for event in graph.events {
            guard let child = places[event.mergedID], let parent = places[event.survivorID] else {
                plan.endings.append(.init(event: event, end: .gone))
                continue
            }
            if sets.find(child) != sets.find(parent) {
                plan.endings.append(.init(event: event, end: .unsupported))
            } else if leaders[sets.find(child)] == child {
                plan.endings.append(.init(event: event, end: .replaced))
            } else {
                parents[child] = parent
            }
        }
        for person in sets.persons where person.count > 1 {
            if let leader = leaders[sets.find(person[0])] {
                gather(person, under: leader, &parents, &plan)
            }
        }
        for place in rows.indices { plan.roots[rows[place].id] = rows[Self.root(place, parents)].id }
    }

    /// Who stands for each person. Nobody whom a person has merged by hand; whoever was chosen by hand comes first.
    private func leaders() -> [Int: Int] {
        let manual = graph.events.filter { $0.rule == .manual }
        let merged = Set(manual.compactMap { places[$0.mergedID] })
        let chosen = Set(manual.compactMap { places[$0.survivorID] }).subtracting(merged)
        var leaders: [Int: Int] = [:]
        for person in sets.persons where person.count > 1 {
            let free = person.filter { !merged.contains($0) }
            let candidates = free.filter(chosen.contains)
            leaders[sets.find(person[0])] = (candidates.isEmpty ? free : candidates).min {
                IdentityRow.standsBefore(rows[$0], rows[$1])
            }
        }
        return leaders
    }

    private func gather(
        _ person: [Int], under leader: Int, _ parents: inout [Int: Int], _ plan: inout IdentityPlan
    ) {
        var gathered: [Int] = []
        var trees: [Int: [Int]] = [:]
        for row in person {
            let root = Self.root(row, parents)
            if root == leader { gathered.append(row) } else { trees[root, default: []].append(row) }
        }
        let done = person.reduce(0) { $0 + (graph.mergesToday[rows[$1].id] ?? 0) }
        var allowed = max(0, IdentityGraph.mostMergesPerDay - done)
        while let next = nearest(of: trees, to: gathered) {
            let tree = trees.removeValue(forKey: next.root) ?? []
            if allowed > 0 {
                parents[next.root] = leader
                plan.proposals.append(
                    .init(
                        survivorID: rows[leader].id, mergedID: rows[next.root].id, key: next.key,
                        survivorMembers: gathered.map { rows[$0].id }.sorted(),
                        mergedMembers: tree.map { rows[$0].id }.sorted()))
                allowed -= 1
            } else {
                plan.reviews.append(
                    .init(
                        kind: .limit, key: next.key, customerIDs: [rows[leader].id, rows[next.root].id], customers: 2))
            }
            gathered += tree
        }
    }

    /// Of the parts of a person that are not gathered yet the one with the best key in common with those that are.
    private func nearest(of trees: [Int: [Int]], to gathered: [Int]) -> (root: Int, key: IdentityKey)? {
        let inside = Set(gathered)
        var best: (root: Int, key: IdentityKey)?
        for (root, tree) in trees {
            let shared = tree.flatMap { keys[$0] ?? [] }.filter { groups[$0]?.contains(where: inside.contains) == true }
            guard let key = shared.min() else { continue }
            if let held = best, (held.key, held.root) < (key, root) { continue }
            best = (root, key)
        }
        return best
    }

    private static func root(_ row: Int, _ parents: [Int: Int]) -> Int {
        var row = row
        while let parent = parents[row] { row = parent }
        return row
    }
}
