import CMongoC

/// One client, taken from the pool and given back when this value ends.
struct ClientLease: ~Copyable {
    let client: OpaquePointer
    private let pool: OpaquePointer

    init(client: OpaquePointer, pool: OpaquePointer) {
        self.client = client
        self.pool = pool
    }

    deinit { mongoc_client_pool_push(pool, client) }
}
