import BSON
import CMongoC

/// An update or replacement of one document. libmongoc sends it again once if the primary went away, exactly once
/// in effect. It takes no `maxTimeMS` here; the socket timeout bounds it.
struct ChangeOne: MongoOperation {
    static let name = "update"
    let database: String
    let collection: String
    let reach: omc_reach
    let filter: BSONDocument
    let change: BSONDocument
    let options: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> UpdateResult {
        try Self.check(change, reach)
        let (client, session) = (connection.client, connection.session)
        let reply = try filter.withView { filter throws(MongoError) in
            try change.withView { change throws(MongoError) in
                try options.withView { options throws(MongoError) in
                    omc_update(client, database, collection, reach, filter, change, options, session)
                }
            }
        }
        let result = try Reply.document(reply)
        return UpdateResult(
            matched: result["matchedCount"]?.intValue ?? 0, modified: result["modifiedCount"]?.intValue ?? 0,
            upsertedCount: result["upsertedCount"]?.intValue ?? (result["upsertedId"] == nil ? 0 : 1))
    }

    /// An update without operators would replace the document, a replacement with operators would be an update.
    static func check(_ change: BSONDocument, _ reach: omc_reach) throws(MongoError) {
        let startsWithOperator = change.bytes.count > 5 && change.bytes[5] == UInt8(ascii: "$")
        guard startsWithOperator == (reach != OMC_REPLACE) else {
            throw MongoError(.invalid, "an update consists of operators such as $set, a replacement has none")
        }
    }
}
