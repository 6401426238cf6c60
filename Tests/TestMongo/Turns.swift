/// Lets few tests at once have a database: all start together, and where each installs its collections first, the last
/// would wait for a thread of the shared client longer than it may.
actor Turns {
    @TaskLocal private static var isInside = false

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Runs the body when there is a place. Who has one already, and opens a second database, does not wait.
    nonisolated func take<Output: Sendable>(_ body: () async throws -> Output) async throws -> Output {
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
