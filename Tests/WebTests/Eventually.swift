/// Waiting in tests, in one place: until something is true, or for something that never comes.
enum Eventually {
    /// Asks every ten milliseconds for two seconds; true as soon as the condition is.
    static func isTrue(_ condition: @Sendable () -> Bool) async throws -> Bool {
        for _ in 0..<200 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return condition()
    }

    /// Ends only by cancellation.
    static func never() async throws {
        try await Task.sleep(for: .seconds(60))
    }
}
