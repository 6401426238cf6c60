/// One database operation as a value: encoded before the hop, run and decoded on a database thread.
protocol MongoOperation: Sendable {
    associatedtype Output: Sendable
    /// For metrics.
    static var name: String { get }
    func execute(on connection: borrowing MongoConnection) throws(MongoError) -> Output
}
