import NIOPosix
import Synchronization

/// What a password check found. `needsUpgrade` is only ever true together with `ok`: hash again and store.
public struct PasswordVerdict: Sendable, Equatable {
    public let ok: Bool
    public let needsUpgrade: Bool

    public init(ok: Bool, needsUpgrade: Bool) {
        self.ok = ok
        self.needsUpgrade = needsUpgrade
    }
}

public enum PasswordHasherError: Error, Equatable {
    /// Too many hashes are waiting; the caller answers 503 and asks to try again in some seconds.
    case overloaded
}

/// Hashes and checks passwords with scrypt on threads of its own.
///
/// A flood of sign-ins therefore never holds up pages, and memory stays at threads × cost, because whoever comes when
/// the queue is full is refused at once. Share one value: copies share the threads.
public struct PasswordHasher: Sendable {
    private let parameters: ScryptParameters
    private let workers: HashWorkers

    /// - Parameters:
    ///   - parameters: cost of new hashes; stored ones keep their own until upgraded.
    ///   - threads: hashes computed at the same time.
    ///   - maxWaiting: hashes waiting for a thread before ``PasswordHasherError/overloaded``.
    public init(parameters: ScryptParameters = .standard, threads: Int = 2, maxWaiting: Int = 32) {
        self.parameters = parameters
        self.workers = HashWorkers(threads: threads, capacity: threads + maxWaiting)
    }

    /// The text to store for a new password.
    public func hash(_ password: String) async throws -> String {
        let parameters = parameters
        let bytes = Array(password.utf8)
        return try await workers.run {
            let salt = RandomToken.randomBytes(ScryptHash.saltLength)
            return ScryptHash(parameters: parameters, salt: salt, key: try parameters.derive(bytes, salt: salt)).text
        }
    }

    /// Checks a password. A stored text that is no hash costs the same time and is simply not right.
    public func verify(_ password: String, against stored: String) async throws -> PasswordVerdict {
        guard let hash = ScryptHash(stored) else {
            try await dummyVerify()
            return PasswordVerdict(ok: false, needsUpgrade: false)
        }
        let bytes = Array(password.utf8)
        let key = try await workers.run { try hash.parameters.derive(bytes, salt: hash.salt) }
        let ok = ConstantTime.equal(key, hash.key)
        return PasswordVerdict(ok: ok, needsUpgrade: ok && hash.parameters != parameters)
    }

    /// Takes as long as ``verify(_:against:)``: for accounts that do not exist, so that time does not tell.
    public func dummyVerify() async throws {
        let parameters = parameters
        _ = try await workers.run {
            try parameters.derive(Array("no such account".utf8), salt: [UInt8](repeating: 0, count: 16))
        }
    }
}

/// The threads behind a hasher and the count of those who wait.
private final class HashWorkers: Sendable {
    private let pool: NIOThreadPool
    private let capacity: Int
    private let admitted = Mutex(0)

    init(threads: Int, capacity: Int) {
        self.pool = NIOThreadPool(numberOfThreads: threads)
        self.capacity = capacity
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        let accepted = admitted.withLock { count in
            guard count < capacity else { return false }
            count += 1
            return true
        }
        guard accepted else { throw PasswordHasherError.overloaded }
        defer { admitted.withLock { $0 -= 1 } }
        return try await pool.runIfActive(body)
    }
}
