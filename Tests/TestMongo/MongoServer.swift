import BSON
import Foundation
import Logging
import Mongo
import Synchronization
import Waiting

/// A mongod of our own: a replica set of one on loopback, its data in a temporary folder. Ends with this process.
public final class MongoServer: Sendable {
    public let port: Int
    private let folder: URL
    private let removesExpired: Bool
    private let process: Mutex<Process?>

    public var url: String { "mongodb://127.0.0.1:\(port)/?replicaSet=rs0" }

    private init(port: Int, folder: URL, removesExpired: Bool) {
        self.port = port
        self.folder = folder
        self.removesExpired = removesExpired
        process = Mutex(nil)
    }

    /// Starts a server and waits until it takes writes. Tests have clocks of their own: what is over by the real one must
    /// not go while they look, unless that is what they look at.
    public static func start(removingExpired removesExpired: Bool = false) async throws -> MongoServer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "omnify-mongo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = MongoServer(port: try FreePort.find(), folder: folder, removesExpired: removesExpired)
        ExitCleaner.shared.add(server)
        try server.launch()
        try await server.initiate()
        return server
    }

    /// Starts the stopped server again on the same port and data.
    public func restart() async throws {
        try launch()
        try await waitForPrimary()
    }

    /// Ends the server at once, as a crash would.
    public func kill() {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        guard let running, running.isRunning else { return }
        Foundation.kill(running.processIdentifier, SIGKILL)
        running.waitUntilExit()
    }

    func remove() {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    private func launch() throws {
        let mongod = Process()
        mongod.executableURL = try MongodBinary.find()
        mongod.arguments = [
            "--dbpath", folder.path, "--port", "\(port)", "--bind_ip", "127.0.0.1", "--replSet", "rs0",
            "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25", "--logpath",
            folder.appending(path: "mongod.log").path, "--logappend", "--setParameter", "enableTestCommands=1",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
            "--setParameter", "ttlMonitorEnabled=\(removesExpired)", "--setParameter", "ttlMonitorSleepSecs=1",
        ]
        mongod.standardOutput = FileHandle.nullDevice
        mongod.standardError = FileHandle.nullDevice
        try mongod.run()
        process.withLock { $0 = mongod }
    }

    private func initiate() async throws {
        let client = try MongoClient(
            MongoConfiguration(url: "mongodb://127.0.0.1:\(port)/?directConnection=true", threads: 1))
        let config: BSONDocument = [
            "_id": "rs0", "members": [["_id": .int32(0), "host": .string("127.0.0.1:\(port)")]],
        ]
        let isInitiated = await eventually {
            do {
                _ = try await client.database("admin").command(["replSetInitiate": .document(config)])
                return true
            } catch let error as MongoError {
                return error.code == 23  // already initialised
            } catch {
                return false
            }
        }
        await client.shutdown()
        guard isInitiated else { throw MongoError(.unavailable, "the test mongod did not start") }
        try await waitForPrimary()
    }

    private func waitForPrimary() async throws {
        let client = try MongoClient(MongoConfiguration(url: url, threads: 1))
        let isPrimary = await eventually { (try? await client.ping()) != nil }
        await client.shutdown()
        guard isPrimary else { throw MongoError(.unavailable, "the test mongod did not become primary") }
    }
}
