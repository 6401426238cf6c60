/// Lets few at once do what all would begin together, the others in the order of their coming.
public actor Turns {
    @TaskLocal private static var isInside = false

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(places: Int) { self.places = places }

    /// Runs the body when there is a place. Who has one already, and asks for a second within it, does not wait.
    public nonisolated func take<Output: Sendable>(_ body: () async throws -> Output) async throws -> Output {
        if Self.isInside { return try await body() }
        await enter()
        do {
            let output = try await Self.$isInside.withValue(true) { try await body() }
            await leave()
            return output
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty {
            places += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}
