/// One thing wrong with one field of a command: the field's name as sent, and a code that is both the API's
/// machine-readable reason and the key of the sentence under `accounts.errors`.
public struct FieldIssue: Error, Sendable, Equatable {
    public let field: String
    public let code: String

    public init(_ field: String, _ code: String) {
        self.field = field
        self.code = code
    }
}
