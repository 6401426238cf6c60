import BSON
import CMongoC

/// Removes one document, with libmongoc's retry as in ``ChangeOne``.
struct DeleteOne: MongoOperation {
    static let name = "delete"
    let database: String
    let collection: String
    let filter: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> Int {
        let (client, session) = (connection.client, connection.session)
        let reply = try filter.withView { filter throws(MongoError) in
            omc_delete(client, database, collection, false, filter, omc_bytes(), session)
        }
        return try Reply.document(reply)["deletedCount"]?.intValue ?? 0
    }
}
