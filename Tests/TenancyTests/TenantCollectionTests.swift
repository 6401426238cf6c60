import BSON
import Foundation
import Mongo
import Testing

@testable import Tenancy

@Suite("Documents of one organization")
struct TenantCollectionTests {
    /// Two organizations with notes a1…a3 and b1…b3, equal texts and numbers.
    private func withNotes(
        _ body: (_ a: TenantCollection<Note>, _ b: TenantCollection<Note>, MongoDatabase) async throws -> Void
    ) async throws {
        try await withDatabase { (database) async throws in
            try await Note.spec.install(in: database)
            try await Remark.spec.install(in: database)
            let a = TenantCollection<Note>(.test("org_A"), database)
            let b = TenantCollection<Note>(.test("org_B"), database)
            for number in 1...3 {
                try await a.insert(Note(id: "a\(number)", text: "same", number: number))
                try await b.insert(Note(id: "b\(number)", text: "same", number: number))
            }
            try await body(a, b, database)
        }
    }

    @Test("reads see only the own organization, whichever way they are made")
    func reads() async throws {
        try await withNotes { (a, b, _) async throws in
            #expect(try await a.get(id: "a1")?.text == "same")
            #expect(try await a.get(id: "b1") == nil)
            #expect(try await a.find().map(\.id).sorted() == ["a1", "a2", "a3"])
            #expect(try await a.find(.in("_id", ["b1", "b2", "a2"])).map(\.id) == ["a2"])
            #expect(try await a.find(.or([.eq("_id", "b1"), .all])).count == 3)
            #expect(try await a.find(.not(.eq("_id", "a1"))).map(\.id).sorted() == ["a2", "a3"])
            #expect(try await a.find(.none).isEmpty)
            #expect(try await a.first(.all, sort: [.descending("number")])?.id == "a3")
            #expect(try await a.first(.id("b3")) == nil)
            #expect(try await a.count() == 3)
            #expect(try await a.count(.eq("text", "same"), limit: 2) == 2)
            #expect(try await a.exists(.id("a1")))
            #expect(try await a.exists(.id("b1")) == false)
            #expect(try await Set(a.distinct("_id")) == ["a1", "a2", "a3"])
            #expect(try await b.find(sort: [.ascending("number")], limit: 1, skip: 1).map(\.id) == ["b2"])
            #expect(try await a.select(["text"], as: BSONDocument.self, .id("a1")) == [["_id": "a1", "text": "same"]])
        }
    }

    @Test("batches and pipelines see only the own organization; the organization is not in what comes out")
    func streams() async throws {
        try await withNotes { (a, _, database) async throws in
            var seen: [String] = []
            for try await batch in try a.batches(sort: [.ascending("number")], batchSize: 2) { seen += batch.map(\.id) }
            #expect(seen == ["a1", "a2", "a3"])
            seen = []
            for try await batch in try a.selectBatches(["number"], as: BSONDocument.self) {
                #expect(batch.allSatisfy { $0["organization_id"] == nil })
                seen += batch.compactMap { $0["_id"]?.stringValue }
            }
            #expect(seen.count == 3)
            let groups: [BSONDocument] = try await a.aggregate([
                .group(id: "$text", ["count": ["$sum": 1], "numbers": ["$sum": "$number"]])
            ])
            #expect(groups == [["_id": "same", "count": 3, "numbers": 6]])
            let whole: [BSONDocument] = try await a.aggregate([.match(.id("a1"))])
            #expect(whole == [["_id": "a1", "text": "same", "number": 1]])
            var streamed = 0
            for try await batch in try a.aggregateBatches([.sort([.ascending("_id")])], as: Note.self, batchSize: 1) {
                streamed += batch.count
            }
            #expect(streamed == 3)
            _ = database
        }
    }

    @Test("a join brings only rows of the own organization")
    func join() async throws {
        try await withNotes { (a, _, database) async throws in
            try await TenantCollection<Remark>(.test("org_A"), database).insert(Remark(id: "ra", note: "a1"))
            try await TenantCollection<Remark>(.test("org_B"), database).insert(Remark(id: "rb", note: "a1"))
            let lookup = TenantLookup(from: Remark.spec, localField: "_id", foreignField: "note", as: "remarks")
            let rows: [BSONDocument] = try await a.aggregate([.match(.id("a1")), .lookup(lookup)])
            let remarks = try #require(rows.first?["remarks"]?.arrayValue)
            #expect(remarks.compactMap { $0.documentValue?["_id"]?.stringValue } == ["ra"])
            let faceted: [BSONDocument] = try await a.aggregate([.facet(["all": [.lookup(lookup), .count("n")]])])
            #expect(faceted[0]["all"]?.arrayValue?.first?.documentValue?["n"]?.intValue == 3)
        }
    }

    @Test("changes reach only the own organization")
    func changes() async throws {
        try await withNotes { (a, b, _) async throws in
            #expect(try await a.update(.id("b1"), [.set("text", "x")]).matched == 0)
            #expect(try await a.update(.all, [.set("text", "x")], multi: true).modified == 3)
            #expect(try await b.find(.eq("text", "same")).count == 3)
            #expect(try await a.findAndUpdate(.id("b1"), [.inc("number", 10)]) == nil)
            #expect(try await a.findAndUpdate(.id("a1"), [.inc("number", 10)])?.number == 11)
            #expect(try await a.findAndUpdate(.id("a1"), [.inc("number", 10)], returnNew: false)?.number == 11)
            await #expect(throws: TenancyError.notFound) { try await a.replace(Note(id: "b1", text: "x", number: 9)) }
            try await a.replace(Note(id: "a2", text: "new", number: 2))
            #expect(try await a.get(id: "a2")?.text == "new")
            #expect(try await a.delete(.id("b1")) == 0)
            #expect(try await a.delete(.all, multi: true) == 3)
            #expect(try await b.count() == 3)
        }
    }

    @Test("an id that another organization uses cannot be taken over")
    func takeover() async throws {
        try await withNotes { (a, b, _) async throws in
            await #expect(throws: MongoError.self) { try await a.insert(Note(id: "b1", text: "x", number: 9)) }
            await #expect(throws: MongoError.self) {
                try await a.replace(Note(id: "b1", text: "x", number: 9), upsert: true)
            }
            await #expect(throws: MongoError.self) {
                try await a.update(.id("b1"), [.set("text", "x"), .set("number", 9)], upsert: true)
            }
            let result = try await a.bulk([
                .replace(Note(id: "b1", text: "x", number: 9)), .upsert(.id("b2"), [.set("text", "x")]),
                .update(.id("b3"), [.set("text", "x")]), .delete(.id("b3")),
                .insert(Note(id: "a9", text: "y", number: 90)),
            ])
            #expect(result.errors.count == 2)
            #expect(result.inserted == 1)
            #expect(result.deleted == 0)
            #expect(try await b.find(.eq("text", "same")).count == 3)
        }
    }

    @Test("an upsert writes the organization, and needs an id")
    func upsert() async throws {
        try await withNotes { (a, b, database) async throws in
            #expect(
                try await a.update(.id("a4"), [.set("text", "x"), .set("number", 4)], upsert: true).upsertedCount == 1)
            #expect(try await a.get(id: "a4") == Note(id: "a4", text: "x", number: 4))
            _ = try await a.bulk([.upsert(.eq("number", 5), [.setOnInsert("_id", "a5"), .set("text", "y")])])
            #expect(try await a.get(id: "a5") == Note(id: "a5", text: "y", number: 5))
            #expect(try await b.count() == 3)
            await #expect(throws: TenancyError.self) {
                try await a.update(.eq("number", 7), [.set("text", "x")], upsert: true)
            }
            let raw = try await database.collection("notes").find(["_id": ["$in": ["a4", "a5"]]])
            #expect(raw.allSatisfy { $0["organization_id"] == "org_A" })
        }
    }

    @Test("unique indexes are per organization")
    func unique() async throws {
        try await withNotes { (a, _, _) async throws in
            await #expect(throws: MongoError.self) { try await a.insert(Note(id: "a9", text: "x", number: 1)) }
        }
    }

    @Test("documents that name an organization or carry operators are refused before they leave")
    func refused() async throws {
        try await withDatabase { (database) async throws in
            let raw = TenantCollection<Raw>(.test("org_A"), database)
            for bad: BSONDocument in [
                ["_id": "x", "organization_id": "org_B"], ["_id": "x", "$set": ["a": 1]], ["_id": "x", "a.b": 1],
                ["_id": 5], ["text": "no id"],
            ] {
                await #expect(throws: TenancyError.self) { try await raw.insert(Raw(bad)) }
                await #expect(throws: TenancyError.self) { try await raw.replace(Raw(bad), upsert: true) }
                await #expect(throws: TenancyError.self) { _ = try await raw.bulk([.insert(Raw(bad))]) }
            }
            #expect(try await database.collection("notes").count([:]) == 0)
        }
    }

    @Test("the server itself refuses a row without an organization")
    func validator() async throws {
        try await withDatabase { (database) async throws in
            try await Note.spec.install(in: database)
            await #expect(throws: MongoError.self) {
                try await database.collection("notes").insert(["_id": "x", "text": "loose"])
            }
            #expect(try await Note.spec.differences(in: database).isEmpty)
            try await Note.spec.install(in: database)
            _ = try await database.command(["dropIndexes": "notes", "index": "text"])
            #expect(try await Note.spec.differences(in: database) == ["index text of notes is missing"])
            #expect(try await Remark.spec.differences(in: database) == ["collection remarks is missing"])
        }
    }

    @Test("what comes back belongs to the scope, or nothing comes back")
    func foreignRow() throws {
        let row: BSONDocument = ["_id": "x", "organization_id": "org_B", "text": "t", "number": 1]
        #expect(throws: TenancyError.self) { try TenantCollection<Note>.stripped(row, organizationID: "org_A") }
        #expect(
            try TenantCollection<Note>.stripped(row, organizationID: "org_B") == ["_id": "x", "text": "t", "number": 1])
    }

    @Test("a transaction takes part in every call and can be undone")
    func transaction() async throws {
        struct Undo: Error {}
        try await withNotes { (a, _, database) async throws in
            await #expect(throws: Undo.self) {
                try await database.withTransaction { transaction in
                    try await a.insert(Note(id: "t1", text: "x", number: 70), in: transaction)
                    try await a.update(.id("a1"), [.set("text", "changed")], in: transaction)
                    #expect(try await a.get(id: "t1", in: transaction) != nil)
                    #expect(try await a.get(id: "t1") == nil)
                    throw Undo()
                }
            }
            #expect(try await a.get(id: "t1") == nil)
            #expect(try await a.get(id: "a1")?.text == "same")
        }
    }

    @Test("queries go through an index that begins with the organization")
    func explain() async throws {
        try await withNotes { (a, _, database) async throws in
            for filter: Filter in [.eq("text", "same"), .gt("number", 1), .prefix("text", "sa")] {
                let reply = try await database.command([
                    "explain": ["find": "notes", "filter": .document(try a.scoped(filter))],
                    "verbosity": "queryPlanner",
                ])
                let plan = "\(reply["queryPlanner"]?.documentValue?["winningPlan"] ?? nil)"
                #expect(plan.contains("IXSCAN"))
                #expect(!plan.contains("COLLSCAN"))
            }
        }
    }
}
