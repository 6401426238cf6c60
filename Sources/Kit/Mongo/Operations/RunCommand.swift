import BSON
import CMongoC

/// Any command, its whole reply as one document.
struct RunCommand: MongoOperation {
    static let name = "command"
    let database: String
    let command: BSONDocument
    var kind = OMC_PLAIN

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> BSONDocument {
        let reply = try command.withView { view throws(MongoError) in
            omc_command(connection.client, kind, database, view, connection.session)
        }
        return try Reply.document(reply)
    }
}
