/// One document of a write that was refused.
public struct WriteError: Sendable, Hashable {
    /// Its position in the list that was sent.
    public let index: Int
    /// The server's error code; 11000 is a duplicate key.
    public let code: Int
    public let message: String

    public init(index: Int, code: Int, message: String) {
        self.index = index
        self.code = code
        self.message = message
    }
}
