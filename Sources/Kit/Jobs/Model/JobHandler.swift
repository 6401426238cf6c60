/// How one kind of job is done.
///
/// A handler may be stopped at any await and started again, here or on another machine: it keeps its place with
/// ``JobContext/save(checkpoint:)`` and writes in ways that are harmless twice.
public protocol JobHandler: Sendable {
    associatedtype Parameters: Codable & Sendable
    /// Stored with each job; never changed once jobs exist.
    static var kind: String { get }
    /// The names of its stages, in order, for the progress display.
    static var stages: [String] { get }
    func run(_ parameters: Parameters, _ context: JobContext) async throws
}
