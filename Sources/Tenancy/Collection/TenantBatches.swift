import BSON
import Mongo

/// Documents of one organization in portions, decoded. The next portion is fetched only when it is asked for.
public struct TenantBatches<Item: Sendable>: AsyncSequence, Sendable {
    public typealias Element = [Item]

    let base: MongoBatches
    let decode: @Sendable (BSONDocument) throws -> Item

    init(base: MongoBatches, decode: @escaping @Sendable (BSONDocument) throws -> Item) {
        self.base = base
        self.decode = decode
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: MongoBatches.AsyncIterator
        let decode: @Sendable (BSONDocument) throws -> Item

        public mutating func next() async throws -> [Item]? {
            try await base.next()?.map(decode)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), decode: decode)
    }
}
