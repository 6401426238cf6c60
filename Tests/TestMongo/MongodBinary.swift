import Foundation
import Mongo

/// Where a `mongod` is: `OMNIFY_MONGOD`, the PATH, or the folders the project's scripts unpack it into.
enum MongodBinary {
    static func find() throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        var candidates: [String] = []
        if let named = environment["OMNIFY_MONGOD"] { candidates.append(named) }
        candidates += (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/mongod" }
        let home = environment["HOME"] ?? ""
        let cache = environment["XDG_CACHE_HOME"] ?? "\(home)/.cache"
        let temporary = FileManager.default.temporaryDirectory.path
        candidates += [
            "\(cache)/omnify/mongo/bin/mongod", ".cache/mongo/bin/mongod", "\(temporary)/mongo/bin/mongod",
        ]
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw MongoError(.unavailable, "no mongod found: set OMNIFY_MONGOD or OMNIFY_TEST_MONGO_URL")
        }
        return URL(filePath: found)
    }
}
