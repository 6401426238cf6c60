/// Waits for a condition instead of for a time: looks again every ten milliseconds, for what another task or process
/// brings about.
/// - Returns: true as soon as it holds, false where it does not within the limit.
public func eventually(
    within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end, !Task.isCancelled {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try await condition()
}
