import BSON
import CMongoC

/// Many writes in as few round trips as the server's limits allow.
struct BulkWrite: MongoOperation {
    static let name = "bulk_write"
    let database: String
    let collection: String
    let operations: [BulkOperation]
    let isOrdered: Bool

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> BulkResult {
        let (client, session) = (connection.client, connection.session)
        let options: BSONDocument = ["ordered": .bool(isOrdered)]
        var failure = omc_reply()
        let bulk = try options.withView { view throws(MongoError) in
            omc_bulk_open(client, database, collection, view, session, &failure)
        }
        guard bulk.operation != nil else { throw MongoError(taking: &failure) }
        defer { omc_bulk_close(bulk) }
        for operation in operations { try add(operation, to: bulk) }
        return try result(omc_bulk_run(bulk))
    }

    private func add(_ operation: BulkOperation, to bulk: omc_bulk) throws(MongoError) {
        var failure = omc_reply()
        let isAdded: Bool
        switch operation {
        case .insert(let document):
            isAdded = try document.withView { document throws(MongoError) in
                try Self.unchecked.withView { options throws(MongoError) in
                    omc_bulk_insert(bulk, document, options, &failure)
                }
            }
        case .update(let filter, let change, let upsert, let multi):
            isAdded = try self.change(bulk, multi ? OMC_MANY : OMC_ONE, filter, change, upsert, &failure)
        case .replace(let filter, let document, let upsert):
            isAdded = try change(bulk, OMC_REPLACE, filter, document, upsert, &failure)
        case .delete(let filter, let multi):
            isAdded = try filter.withView { filter throws(MongoError) in
                omc_bulk_delete(bulk, multi, filter, &failure)
            }
        }
        if !isAdded { throw MongoError(taking: &failure) }
    }

    private func change(
        _ bulk: omc_bulk, _ reach: omc_reach, _ filter: BSONDocument, _ change: BSONDocument, _ upsert: Bool,
        _ failure: inout omc_reply
    ) throws(MongoError) -> Bool {
        try ChangeOne.check(change, reach)
        var failed = omc_reply()
        let isAdded = try filter.withView { filter throws(MongoError) in
            try change.withView { change throws(MongoError) in
                try (upsert ? Self.upserting : Self.unchecked).withView { options throws(MongoError) in
                    omc_bulk_update(bulk, reach, filter, change, options, &failed)
                }
            }
        }
        failure = failed
        return isAdded
    }

    /// Refused documents are part of the result; only a write that could not be carried out is thrown.
    private func result(_ reply: omc_reply) throws(MongoError) -> BulkResult {
        var reply = reply
        let document = BSONDocument(reply)
        let errors = MongoError.writeErrors(in: document)
        if !reply.ok && errors.isEmpty { throw MongoError(taking: &reply) }
        omc_reply_free(&reply)
        func count(_ key: String) -> Int { document[key]?.intValue ?? 0 }
        return BulkResult(
            inserted: count("nInserted"), matched: count("nMatched"), modified: count("nModified"),
            upserted: count("nUpserted"), deleted: count("nRemoved"), errors: errors)
    }

    // Our documents are well formed; libmongoc need not walk each again.
    private static let unchecked: BSONDocument = ["validate": false]
    private static let upserting: BSONDocument = ["validate": false, "upsert": true]
}
