import BSON
import Foundation
import Logging
import Mongo

/// `findOne` by `_id` through Kit/Mongo with many callers: the counterpart of `baseline.c`.
///
/// `bench-mongo fill <url> <database> <documents>` writes the documents both sides read;
/// `bench-mongo run <url> <database> <callers> <seconds> <documents>` prints operations per second, p50 and p99 in
/// milliseconds; `bench-mongo drop <url> <database>` removes them.
@main
enum BenchMongo {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 3 else { return usage() }
        let client = try MongoClient(MongoConfiguration(url: arguments[1]), logger: Logger(label: "bench"))
        let database = client.database(arguments[2])
        switch (arguments[0], arguments.dropFirst(3).compactMap(Double.init)) {
        case ("fill", let numbers) where numbers.count == 1:
            try await fill(database, Int(numbers[0]))
        case ("run", let numbers) where numbers.count == 3:
            try await measure(database, callers: Int(numbers[0]), seconds: numbers[1], documents: Int(numbers[2]))
        case ("drop", _): try await database.drop()
        default: usage()
        }
        await client.shutdown()
    }

    private static func usage() {
        print(
            "usage: bench-mongo fill <url> <db> <documents> | run <url> <db> <callers> <seconds> <documents> | drop …")
    }

    /// Order-like documents of about 500 bytes.
    private static func fill(_ database: MongoDatabase, _ count: Int) async throws {
        try await database.drop()
        for start in stride(from: 0, to: count, by: 1000) {
            let documents = (start..<min(count, start + 1000)).map { number -> BSONDocument in
                [
                    "_id": .int(number), "customer": "cus_\(number % 977)", "total_minor": .int(number * 37 % 100_000),
                    "currency": "EUR", "placed_at": .date(Int64(number) * 60_000), "status": "paid",
                    "items": .array((0..<4).map { ["sku": "sku-\($0)", "count": .int32(2), "price": 9.95] }),
                    "address": ["city": "Rome", "street": "Via Appia 1", "zip": "00100", "country": "IT"],
                ]
            }
            try await database.collection("bench").insert(documents)
        }
    }

    private static func measure(
        _ database: MongoDatabase, callers: Int, seconds: Double, documents: Int
    ) async throws {
        let collection = database.collection("bench")
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for caller in 0..<callers {
                group.addTask { try await call(collection, until: end, seed: UInt64(caller + 1), documents) }
            }
            return try await group.reduce(into: [Duration]()) { $0 += $1 }
        }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let sorted = times.sorted()
        func milliseconds(_ share: Double) -> String {
            let time = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            return String(format: "%.2f", time / .milliseconds(1))
        }
        print("\(Int(Double(sorted.count) / elapsed)) p50=\(milliseconds(0.5)) p99=\(milliseconds(0.99))")
    }

    private static func call(
        _ collection: MongoCollection, until end: ContinuousClock.Instant, seed: UInt64, _ documents: Int
    ) async throws -> [Duration] {
        struct NotFound: Error {}
        var random = seed &* 2_654_435_761 &+ 1
        var times: [Duration] = []
        var now = ContinuousClock.now
        while now < end {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let id = Int((random >> 33) % UInt64(documents))
            guard try await collection.findOne(["_id": .int(id)]) != nil else { throw NotFound() }
            let then = ContinuousClock.now
            times.append(then - now)
            now = then
        }
        return times
    }
}
