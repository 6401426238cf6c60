import BSON
import CMongoC

/// Documents to insert, already one after another in memory.
struct Insert: MongoOperation {
    static let name = "insert"
    let database: String
    let collection: String
    let documents: [UInt8]
    let count: Int
    let options: BSONDocument

    func execute(on connection: borrowing MongoConnection) throws(MongoError) {
        let reply = try options.withView { options throws(MongoError) in
            documents.withUnsafeBufferPointer {
                omc_insert(
                    connection.client, database, collection, omc_bytes(bytes: $0.baseAddress, length: $0.count), count,
                    options, connection.session)
            }
        }
        _ = try Reply.document(reply)
    }
}
