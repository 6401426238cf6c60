/// A secret text that does not show itself: printed, logged, dumped or interpolated it is `***`.
///
/// Not `Codable` on purpose. Reading it takes a call of ``reveal()``, which is easy to search for.
public struct SecretValue: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    private let value: String

    public init(_ value: String) { self.value = value }

    public var isEmpty: Bool { value.isEmpty }

    /// The clear text. Keep it out of logs, errors and page models.
    public func reveal() -> String { value }

    public var description: String { "***" }

    public var debugDescription: String { "***" }

    public var customMirror: Mirror { Mirror(self, children: [:]) }

    public static func == (left: SecretValue, right: SecretValue) -> Bool {
        ConstantTime.equal(left.value, right.value)
    }
}
