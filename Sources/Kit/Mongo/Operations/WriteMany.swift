import BSON
import CMongoC

/// An update or delete of all matches: a command of its own with `maxTimeMS`, because it may run long and cannot be
/// repeated anyway.
struct WriteMany: MongoOperation {
    static let name = "write_many"
    let database: String
    let command: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> BSONDocument {
        let reply = try command.withView { view throws(MongoError) in
            omc_command(connection.client, OMC_WRITE, database, view, connection.session)
        }
        let document = try Reply.document(reply)
        let errors = MongoError.writeErrors(in: document)
        guard let first = errors.first else { return document }
        throw MongoError(message: first.message, code: first.code, fault: OMC_FAULT_SERVER, reply: document)
    }
}
