import BSON
import Mongo
import TestMongo
import Testing

@testable import Tenancy

@Suite("Indexes over words and over the globe")
struct SpecialIndexTests {
    private static let spec = CollectionSpec(
        "places",
        indexes: [
            IndexSpec("place", keys: [.sphere("location")]), IndexSpec("words", keys: [.text("name"), .text("tags")]),
            IndexSpec("plain", [("name", 1), ("age", -1)]),
        ])

    @Test("what is installed is what the server lists, the organization in front; another order of words is none")
    func roundTrip() async throws {
        try await TestMongo.shared().withDatabase { database in
            #expect(try await Self.spec.install(in: database) == ["collection places is missing"])
            #expect(try await Self.spec.differences(in: database) == [])
            #expect(try await Self.spec.install(in: database) == [])
            let state = try #require(try await CollectionState.onServer("places", in: database))
            #expect(state.indexes["words"]?.keys == [.init("organization_id"), .text("name"), .text("tags")])
            #expect(state.indexes["place"]?.keys == [.init("organization_id"), .sphere("location")])
            let changed = CollectionSpec(
                "places",
                indexes: [
                    IndexSpec("place", keys: [.sphere("elsewhere")]), IndexSpec("words", keys: [.text("name")]),
                    IndexSpec("plain", [("name", 1), ("age", -1)]),
                ])
            let differences = try await changed.differences(in: database)
            #expect(differences.count == 2 && differences.allSatisfy { $0.contains("not as declared") })
        }
    }

    @Test("a document's own language says nothing to the index")
    func language() async throws {
        try await TestMongo.shared().withDatabase { database in
            try await Self.spec.install(in: database)
            let document: BSONDocument = [
                "_id": "a", "organization_id": "org_1", "name": "running shoes", "language": "no-such-language",
            ]
            try await database.collection("places").insert(document)
            let filter = BSONDocument(
                [("organization_id", .string("org_1"))] + (try Filter.words(["running"]).document()).elements())
            #expect(try await database.collection("places").find(filter).count == 1)
        }
    }

    @Test("nothing typed into a search has a meaning of its own, and no place lies off the globe")
    func filters() throws {
        let search = try Filter.words(["a\"b", "-c", "d\\"]).document()["$text"]?.documentValue?["$search"]
        #expect(search?.stringValue == "\"a b\" \"-c\" \"d \"")
        #expect(throws: TenancyError.self) {
            try Filter.within("location", kilometers: 1, longitude: 181, latitude: 0).document()
        }
        #expect(throws: TenancyError.self) {
            try Filter.within("$where", kilometers: 1, longitude: 1, latitude: 0).document()
        }
    }
}
