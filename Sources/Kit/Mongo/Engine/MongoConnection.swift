/// What an operation runs on: a client and, in a transaction, its session. Lent for one hop, never stored.
struct MongoConnection: ~Copyable {
    let client: OpaquePointer
    let session: OpaquePointer?
}
