import CMongoC

/// Owns libmongoc's client pool. Only lends clients, as ``ClientLease``.
///
/// `@unchecked Sendable`: `mongoc_client_pool_t` is thread-safe except for its destruction, which is this value's
/// `deinit` and so has the last reference.
struct ClientPool: ~Copyable, @unchecked Sendable {
    private let pool: OpaquePointer

    init(_ configuration: MongoConfiguration, size: Int) throws(MongoError) {
        _ = Self.started
        var failure = omc_reply()
        guard let uri = omc_uri(configuration.url, &failure) else { throw MongoError(taking: &failure) }
        defer { mongoc_uri_destroy(uri) }
        Self.setDefaults(uri, configuration)
        guard let pool = omc_pool(uri, UInt32(size), configuration.appName) else {
            throw MongoError(.invalid, "the database URL is not usable")
        }
        self.pool = pool
    }

    deinit { mongoc_client_pool_destroy(pool) }

    /// Never waits: the gates in front admit no more work than the pool has clients.
    borrowing func lease() throws(MongoError) -> ClientLease {
        guard let client = mongoc_client_pool_try_pop(pool) else {
            throw MongoError(.overloaded, "no free database connection")
        }
        return ClientLease(client: client, pool: pool)
    }

    /// libmongoc wants to be started exactly once in a process.
    private static let started: Void = omc_start()

    private static func setDefaults(_ uri: OpaquePointer, _ configuration: MongoConfiguration) {
        omc_uri_default(uri, "serverselectiontimeoutms", configuration.serverSelectionTimeout.int32Milliseconds)
        omc_uri_default(uri, "connecttimeoutms", configuration.connectTimeout.int32Milliseconds)
        omc_uri_default(uri, "sockettimeoutms", configuration.socketTimeout.int32Milliseconds)
        // Shorter than the selection timeout, so that a server that came back is noticed within it.
        omc_uri_default(uri, "heartbeatfrequencyms", 2000)
        if !mongoc_uri_has_option(uri, "serverselectiontryonce") {
            mongoc_uri_set_option_as_bool(uri, "serverselectiontryonce", false)
        }
    }
}

extension Duration {
    var int32Milliseconds: Int32 { Int32(clamping: milliseconds) }
}
