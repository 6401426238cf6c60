/// Waits until a condition holds, looking again every few milliseconds; for what another task or process brings about.
/// - Returns: false where it does not hold within the deadline.
public func eventually(
    within deadline: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + deadline
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try await condition()
}
