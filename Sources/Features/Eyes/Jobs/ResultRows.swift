import BSON
import Crypto
import Foundation
import Learning

/// A result as the documents that are stored, without anything that differs between two executions of the same run.
struct ResultRows: Sendable {
    let runID: String
    let result: RunResult
    let segments: [Segment]
    let members: [StoredMember]
    let scores: [StoredScore]
    let tests: [StoredTest]

    init(_ result: EyesResult, snapshot: Snapshot, threads: Int = 1) {
        runID = result.runID
        self.result = RunResult(
            asOfDay: result.asOf, population: result.population, clustering: result.clusters,
            horizons: result.horizons, projection: result.projection, spread: result.spread,
            qualifying: result.qualifying == .order ? nil : result.qualifying)
        segments = result.segments
        // In order of id, in which a database takes them in soonest.
        (members, scores) = concurrently(threads: threads) {
            Self.members(result, snapshot).sorted { $0.customerID < $1.customerID }
        } and: {
            result.scores.map {
                StoredScore($0, runID: result.runID, customerID: snapshot.customers[$0.customer])
            }.sorted { $0.customerID < $1.customerID }
        }
        tests = result.tests.map { StoredTest($0, runID: result.runID) }
    }

    /// Members of a segment are placed by spend of the last year.
    private static func members(_ result: EyesResult, _ snapshot: Snapshot) -> [StoredMember] {
        var places = [Int](repeating: 0, count: result.members.count)
        var next: [Int: Int] = [:]
        let order = result.members.indices.sorted {
            (-result.members[$0].spend365Minor, $0) < (-result.members[$1].spend365Minor, $1)
        }
        for index in order {
            places[index] = next[result.members[index].segment, default: 0]
            next[result.members[index].segment, default: 0] += 1
        }
        return result.members.enumerated().map { index, member in
            StoredMember(
                member, runID: result.runID, customerID: snapshot.customers[member.customer], place: places[index])
        }
    }

    /// All documents in their one order, as bytes: what is hashed, and what a repetition is compared by.
    func forEachDocument(_ body: ([UInt8]) throws -> Void) throws {
        try forEachHead(body)
        for member in members { try body(member.bson().bytes) }
        for score in scores { try body(score.bson().bytes) }
        try forEachTest(body)
    }

    /// The documents before the rows.
    func forEachHead(_ body: ([UInt8]) throws -> Void) throws {
        try body(try BSONEncoder().encode(result).bytes)
        for segment in segments { try body(try BSONEncoder().encode(segment).bytes) }
    }

    /// The documents after the rows.
    func forEachTest(_ body: ([UInt8]) throws -> Void) rethrows {
        for test in tests { try body(test.bson().bytes) }
    }

    /// SHA-256 over all documents.
    ///
    /// - Parameter body: gets each of them.
    func hash(passing body: ([UInt8]) throws -> Void = { _ in }) throws -> String {
        var hash = SHA256()
        try forEachDocument { bytes in
            hash.update(data: bytes)
            try body(bytes)
        }
        return RunName.hex(hash.finalize())
    }
}
