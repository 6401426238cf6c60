import BSON
import Foundation
import Mongo
import Testing

@testable import Eyes

@Suite("Model cards", .serialized)
struct ModelCardTests {
    @Test("removing any one figure from a stored card makes a hole, and a hole withholds the scores")
    func holes() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            let run = try await house.run()
            let card = try #require(run.result.horizons.compactMap(\.card).first)
            let document = try BSONEncoder().encode(card)
            #expect(ModelCardCheck.holes(in: document).isEmpty)
            for path in ModelCardCheck.required {
                let names = path.split(separator: ".").map(String.init)
                #expect(ModelCardCheck.holes(in: removing(names, from: document)).contains(path), "\(path)")
            }
            for (list, keys) in ModelCardCheck.lines {
                for key in keys {
                    guard let lines = document[list]?.arrayValue, let first = lines.first?.documentValue else {
                        continue
                    }
                    let damaged = [BSONValue.document(first.removing([key]))] + lines.dropFirst()
                    #expect(
                        ModelCardCheck.holes(in: replacing(list, .array(damaged), in: document)) == [list],
                        "\(list).\(key)")
                }
            }
            let store = EyesStore(house.scope, house.database)
            #expect(try await store.cardsAreWhole(run.id))
            let stored = house.database.collection("eyes_runs")
            let filter: BSONDocument = ["_id": .string(run.id)]
            for field in ["attempt.memory_bytes", "result.horizons.0.card.brier"] {
                _ = try await stored.update(filter, ["$unset": [field: ""]])
                #expect(try await !store.cardsAreWhole(run.id), "\(field)")
                _ = try await stored.update(filter, ["$set": [field: 0.5]])
                #expect(try await store.cardsAreWhole(run.id), "\(field)")
            }
        }
    }

    @Test("a second run says how far features have moved since the first one, and a first run says nothing")
    func drift() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            let first = try await house.run()
            #expect(first.result.horizons.compactMap(\.card).allSatisfy { $0.driftSinceLastRun == [] })
            try await house.fill(200, seed: 77)
            let second = try await house.run()
            #expect(second.id != first.id)
            #expect(second.identity.previousRunID == first.id)
            for card in second.result.horizons.compactMap(\.card) {
                #expect(card.lastRunID == first.id)
                #expect(card.driftSinceLastRun?.count == card.features.count)
                #expect(card.driftSinceLastRun?.contains { $0.psi > 0 } == true)
                #expect(card.origin?.runID == second.id && card.origin?.snapshotHash == second.identity.snapshotHash)
            }
        }
    }

    private func removing(_ path: [String], from document: BSONDocument) -> BSONDocument {
        guard path.count > 1, let inner = document[path[0]]?.documentValue else { return document.removing([path[0]]) }
        return replacing(path[0], .document(removing(Array(path.dropFirst()), from: inner)), in: document)
    }

    private func replacing(_ key: String, _ value: BSONValue, in document: BSONDocument) -> BSONDocument {
        var changed = document.removing([key])
        changed.append(key, value)
        return changed
    }
}
