import BSON
import CMongoC

/// A find with a limit: one round trip, one reply. The common case.
struct FindFew: MongoOperation {
    static let name = "find"
    let database: String
    let command: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> [BSONDocument] {
        let reply = try command.withView { view throws(MongoError) in
            omc_command(connection.client, OMC_READ, database, view, connection.session)
        }
        if let documents = try Reply.wholeBatch(reply) { return documents }
        // More than 16 MiB: fetch it again in batches.
        return try FindAll(database: database, command: command).execute(on: connection)
    }
}
