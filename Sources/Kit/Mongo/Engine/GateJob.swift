/// Work at the gate: run it on a database thread, or tell its task why not.
struct GateJob: Identifiable, Sendable {
    let id: ObjectIdentifier
    let run: @Sendable () -> Void
    let fail: @Sendable (MongoError) -> Void
}
