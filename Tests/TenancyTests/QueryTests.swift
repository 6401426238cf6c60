import BSON
import Testing

@testable import Tenancy

@Suite("Filters, updates and pipelines as values")
struct QueryTests {
    @Test("a filter's values stay values")
    func values() throws {
        #expect(try Filter.eq("name", "x").document() == ["name": ["$eq": "x"]])
        #expect(try Filter.prefix("name", "a.b*$").document() == ["name": .regex(pattern: #"^a\.b\*\$"#, options: "")])
        #expect(try Filter.and([.all, .gt("n", 1)]).document() == ["n": ["$gt": 1]])
        #expect(
            try Filter.and([.gt("n", 1), .lt("n", 5)]).document()
                == ["$and": [["n": ["$gt": 1]], ["n": ["$lt": 5]]]])
        #expect(try Filter.or([]).document() == Filter.none.document())
        #expect(try Filter.and([]).document() == [:])
    }

    @Test(
        "operators, code and patterns do not pass as values or as names",
        arguments: [
            Filter.eq("name", ["$gt": ""]), .eq("name", ["a": ["$where": "1"]]), .in("n", [["$gt": 1]]),
            .in("n", [.regex(pattern: ".*", options: "")]), .eq("n", .javascript("1")), .eq("$where", "1"),
            .eq("a.$b", 1), .eq("", 1), .eq("a b", 1), .eq("a\0b", 1), .eq("1a", 1), .eq("organization_id", "org_2"),
            .eq("organization_id.x", "org_2"), .elemMatch("lines", .eq("$expr", 1)), .not(.eq("organization_id", "x")),
            .or([.all, .ne("organization_id", "org_1")]), .exists("organization_id", false), .eq("a", ["b.c": 1]),
            .prefix("$x", "a"), .eq("a.", 1),
        ])
    func refusedFilters(filter: Filter) {
        #expect(throws: TenancyError.self) { try filter.document() }
    }

    @Test("an update is grouped by operator")
    func update() throws {
        let update: Update = [.set("a", 1), .inc("n", 2), .set("b", "x"), .pull("tags", "old"), .currentDate("at")]
        #expect(
            try update.document() == [
                "$set": ["a": 1, "b": "x"], "$inc": ["n": 2], "$pull": ["tags": ["$eq": "old"]],
                "$currentDate": ["at": true],
            ])
    }

    @Test(
        "an update cannot touch the organization or the id, nor smuggle operators",
        arguments: [
            [.set("organization_id", "org_2")], [.unset("organization_id")], [.setOnInsert("organization_id", "org_2")],
            [.set("_id", "x")], [.set("$set", 1)], [.set("a", ["$where": "1"])], [.set("a", ["b.c": 1])],
            [.push("a", ["$each": [1]])], [.pushNewest("a", ["$each": [1]], keep: 3)], [],
            [.set("organization_id.a", 1)],
        ] as [Update])
    func refusedUpdates(update: Update) {
        #expect(throws: TenancyError.self) { try update.document() }
    }

    @Test("a pipeline starts inside the organization, also inside a join")
    func pipeline() throws {
        let lookup = TenantLookup(
            from: Remark.spec, localField: "_id", foreignField: "note", as: "remarks", pipeline: [.limit(3)])
        let pipeline: Pipeline = [.match(.eq("text", "x")), .lookup(lookup), .sort([.descending("number")])]
        let documents = try pipeline.documents(organizationID: "org_1")
        #expect(documents[0] == ["$match": ["organization_id": "org_1", "text": ["$eq": "x"]]])
        let inner = try #require(documents[1]["$lookup"]?.documentValue?["pipeline"]?.arrayValue)
        #expect(inner[0] == ["$match": ["organization_id": "org_1"]])
        let empty: Pipeline = []
        #expect(try empty.documents(organizationID: "org_1") == [["$match": ["organization_id": "org_1"]]])
    }

    @Test("a join with a collection nobody owns is refused")
    func globalLookup() {
        let lookup = TenantLookup(from: Tenancy.memberships, localField: "a", foreignField: "b", as: "c")
        let pipeline: Pipeline = [.lookup(lookup)]
        #expect(throws: TenancyError.self) { try pipeline.documents(organizationID: "org_1") }
    }

    @Test(
        "dangerous operators are found at any depth",
        arguments: ["$out", "$merge", "$unionWith", "$graphLookup", "$lookup", "$where", "$function", "$accumulator"])
    func refusedExpressions(name: String) {
        let plain: BSONDocument = [name: "x"]
        let hidden: BSONValue = ["$cond": [["$eq": [1, [.document([name: "x"])]]], 1, 2]]
        let pipelines: [Pipeline] = [
            [.project(["a": hidden])], [.addFields(["a": .document([name: "x"])])], [.group(id: hidden, [:])],
            [.group(id: nil, ["a": plain])], [.replaceRoot(hidden)],
            [.sortByCount(hidden)], [.facet(["a": [.project(["b": hidden])]])],
            [.bucket(groupBy: hidden, boundaries: [1, 2], defaultBucket: nil, output: [:])],
            [.setWindowFields(partitionBy: hidden, sortBy: [], output: [:])],
        ]
        for pipeline in pipelines {
            #expect(throws: TenancyError.self) { try pipeline.documents(organizationID: "org_1") }
        }
        #expect(throws: TenancyError.self) { try ExpressionGuard.check(.javascript("1")) }
    }

    @Test("stored documents need a text id and no forbidden key at any depth; damaged bytes are refused")
    func stored() throws {
        try DocumentGuard.checkStored(["_id": "a", "x": ["y": [["z": 1]]]])
        let every: BSONDocument = [
            "_id": "a", "double": 1.5, "doc": [:], "array": [1, "x", [:]],
            "bin": .binary(.init(subtype: 0, bytes: [1, 0, 2])),
            "oid": .objectID(BSONObjectID()), "bool": true, "date": .date(1), "null": nil,
            "regex": .regex(pattern: "a.b", options: "i"), "js": .javascript("$x"), "i32": .int32(1),
            "ts": .timestamp(1),
            "i64": 1, "dec": .decimal128([UInt8](repeating: 1, count: 16)), "min": .minKey, "max": .maxKey,
        ]
        try DocumentGuard.checkStored(every)
        for bad: BSONDocument in [
            [:], ["_id": 1], ["x": 1], ["_id": "a", "$set": 1], ["_id": "a", "a.b": 1], ["_id": "a", "x": ["$gt": 1]],
            ["_id": "a", "x": [["y": ["a.b": 1]]]], ["_id": "a", "organization_id": "org_2"],
            ["organization_id": "org_1", "_id": "a"],
        ] {
            #expect(throws: TenancyError.self) { try DocumentGuard.checkStored(bad) }
        }
        for length in 5..<every.bytes.count {
            var bytes = Array(every.bytes.prefix(length))
            #expect(throws: TenancyError.self) { try DocumentGuard.checkStored(BSONDocument(trusting: bytes)) }
            bytes = every.bytes
            bytes[length] = 0xEE
            _ = try? DocumentGuard.checkStored(BSONDocument(trusting: bytes))
        }
    }

    @Test("tenant collections demand the organization in validator and indexes")
    func spec() {
        #expect(Note.spec.indexes.allSatisfy { $0.keys.first?.field == "organization_id" })
        #expect(Tenancy.organizations.indexes.allSatisfy { $0.keys.first?.field != "organization_id" })
        let bare = CollectionSpec("bare")
        #expect(bare.indexes.map(\.keys) == [[.init("organization_id"), .init("_id")]])
        let expiring = CollectionSpec("x", indexes: [IndexSpec("ttl", [("expires_at", 1)], expireAfterSeconds: 0)])
        #expect(expiring.indexes[0].keys.map(\.field) == ["expires_at"])
        #expect(expiring.indexes.count == 2)
        #expect("\(bare.validator)".contains("organization_id"))
    }
}
