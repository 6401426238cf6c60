import BSON
import Mongo
import TestMongo

/// A server of our own whose faults disturb no other test.
enum FaultyServer {
    static func start() async throws -> MongoServer { try await sharedTask.value }

    private static let sharedTask = Task { try await MongoServer.start() }
}

/// A client of its own, shut down afterwards.
func withClient<Output: Sendable>(
    _ url: String, _ change: (inout MongoConfiguration) -> Void = { _ in },
    _ body: (MongoClient) async throws -> Output
) async throws -> Output {
    var configuration = MongoConfiguration(url: url)
    change(&configuration)
    let client = try MongoClient(configuration)
    do {
        let output = try await body(client)
        await client.shutdown()
        return output
    } catch {
        await client.shutdown()
        throw error
    }
}

extension MongoDatabase {
    /// Lets the server's next commands of this kind fail, for clients with this application name.
    func failNext(
        _ times: Int, _ command: String, appName: String, code: Int? = nil, labels: [String] = [],
        closesConnection: Bool = false
    ) async throws {
        var data: BSONDocument = ["failCommands": [.string(command)], "appName": .string(appName)]
        if let code { data.append("errorCode", .int32(Int32(code))) }
        if !labels.isEmpty { data.append("errorLabels", .strings(labels)) }
        if closesConnection { data.append("closeConnection", true) }
        _ = try await self.command([
            "configureFailPoint": "failCommand", "mode": ["times": .int32(Int32(times))], "data": .document(data),
        ])
    }
}

/// A filter that keeps the server busy for so many milliseconds per document.
func slow(_ milliseconds: Int) -> BSONDocument {
    ["$where": .string("sleep(\(milliseconds)) || true")]
}

/// The error a call throws, which must be one of ours.
func mongoError(_ body: () async throws -> Void) async -> MongoError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? MongoError
    }
}
