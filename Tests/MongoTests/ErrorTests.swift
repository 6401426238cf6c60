import BSON
import Mongo
import TestMongo
import Testing

@Suite("Mongo errors")
struct ErrorTests {
    @Test("a duplicate key tells its index and fields, and hides the value, whichever way it was written")
    func duplicateKey() async throws {
        try await TestMongo.shared().withDatabase { database in
            let people = database.collection("people")
            _ = try await database.command([
                "createIndexes": "people",
                "indexes": [["name": "mail_unique", "key": ["mail": .int32(1)], "unique": true]],
            ])
            let ann: BSONDocument = ["mail": "ann@example.com"]
            try await people.insert(ann)
            let errors = [
                await mongoError { try await people.insert(ann) },
                await mongoError { try await people.insert([["mail": "new"], ann], ordered: false) },
                await mongoError { try await people.update(["mail": "new"], ["$set": .document(ann)]) },
                await mongoError { try await people.update(["mail": "new"], ["$set": .document(ann)], multi: true) },
                await mongoError {
                    try await people.findOneAndUpdate(["mail": "new"], update: ["$set": .document(ann)])
                },
                await mongoError {
                    try await database.withTransaction { try await people.insert(ann, in: $0) }
                },
            ]
            for error in errors {
                #expect(error?.kind == .duplicateKey(index: "mail_unique", keys: ["mail"]))
                #expect(error?.code == 11000)
                #expect(error?.description.contains("ann@example.com") == false)
            }
            #expect(errors[1]?.writeErrors.map(\.index) == [1])
            #expect(try await people.count([:]) == 2)
        }
    }

    @Test("a bulk write goes on past refused steps and lists them")
    func bulk() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            let steps: [BulkOperation] = [
                .insert(["_id": 1]), .insert(["_id": 1]), .update(["_id": 1], ["$set": ["a": 1]]),
                .update(["_id": 2], ["$set": ["a": 2]], upsert: true), .replace(["_id": 3], ["b": 1], upsert: true),
                .update([:], ["$inc": ["n": 1]], multi: true), .delete(["_id": 3]), .delete(["x": 1], multi: true),
            ]
            let result = try await rows.bulkWrite(steps, ordered: true)
            #expect(result.inserted == 1 && result.errors.map(\.index) == [1])
            #expect(result.errors.first?.code == 11000)
            try await rows.delete([:], multi: true)

            let loose = try await rows.bulkWrite(steps)
            #expect(loose.errors.map(\.index) == [1])
            #expect(loose.inserted == 1 && loose.upserted == 2 && loose.deleted == 1)
            #expect(loose.matched == 4 && loose.modified == 4)
            #expect(try await rows.bulkWrite([]) == BulkResult())
        }
    }

    @Test("a validator's refusal is a write error")
    func validator() async throws {
        try await TestMongo.shared().withDatabase { database in
            _ = try await database.command([
                "create": "strict", "validator": ["$jsonSchema": ["required": ["name"]]],
            ])
            let error = await mongoError { try await database.collection("strict").insert(["x": 1]) }
            #expect(error?.kind == .write)
            #expect(error?.code == 121)
        }
    }

    @Test("wrong commands, operators and URLs say so")
    func wrong() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            #expect(await mongoError { _ = try await database.command(["noSuchThing": 1]) }?.kind == .command)
            #expect(await mongoError { _ = try await rows.find(["a": ["$noSuch": 1]]) }?.kind == .command)
            #expect(await mongoError { try await rows.update([:], ["a": 1]) }?.kind == .invalid)
            #expect(await mongoError { try await rows.replace([:], ["$set": 1]) }?.kind == .invalid)
        }
        #expect(throws: MongoError.self) { try MongoClient(MongoConfiguration(url: "http://nowhere")) }
        #expect(throws: MongoError.self) { try MongoClient(MongoConfiguration(url: "mongodb://a/?replicaSet=")) }
    }

    @Test("indexes are listed, and a missing collection is no error")
    func indexes() async throws {
        try await TestMongo.shared().withDatabase { database in
            let rows = database.collection("rows")
            #expect(try await rows.listIndexes().isEmpty)
            try await rows.drop()
            try await rows.insert(["a": 1])
            #expect(try await rows.listIndexes().map { $0["name"] } == ["_id_"])
            try await rows.drop()
            #expect(try await database.listCollectionNames().isEmpty)
        }
    }
}
