import Audit
import Tenancy

extension EyesService {
    /// Keeps an accepted model speaking for its horizon, whatever later runs find, until it is too old; or lets it go.
    public func freeze(
        _ scope: TenantScope, version: String, isFrozen: Bool = true, requestID: String?
    ) async throws {
        var state = try await store(scope).state()
        guard let model = state.models.first(where: { $0.model.version == version }) else {
            throw EyesError.modelNotUsable(version)
        }
        try await change(&state, scope, isFrozen ? "eyes.model_frozen" : "eyes.model_released", version, requestID) {
            $0.keep(model.horizon, isFrozen)
        }
    }

    /// Lets an earlier accepted model speak again, and freezes it. The next run scores with it.
    ///
    /// - Throws: `modelNotUsable` for a model that did not pass its own test: nobody can make it pass.
    public func rollback(_ scope: TenantScope, version: String, requestID: String?) async throws {
        guard let found = try await model(scope, version), found.report.state == .accepted,
            let serving = found.report.serving, serving.version == version
        else { throw EyesError.modelNotUsable(version) }
        let published = try await published(scope)
        let asOf = published?.run.result.asOfDay ?? serving.asOf
        guard asOf - serving.asOf <= ServingModel.unusableAfterDays else { throw EyesError.modelNotUsable(version) }
        var state = try await store(scope).state()
        try await change(&state, scope, "eyes.model_rolled_back", version, requestID) { state in
            state.models.removeAll { $0.horizon == found.report.horizon }
            state.models.append(.init(horizon: found.report.horizon, model: serving))
            state.models.sort { $0.horizon < $1.horizon }
            state.keep(found.report.horizon, true)
        }
    }

    private func change(
        _ state: inout EyesState, _ scope: TenantScope, _ action: String, _ version: String, _ requestID: String?,
        _ body: (inout EyesState) -> Void
    ) async throws {
        body(&state)
        try await store(scope).save(state)
        memory.changed(scope)
        try await audit.record(
            scope, AuditEntry(.configurationChange, action, on: "eyes_model", version), requestID: requestID)
    }
}

extension EyesState {
    fileprivate mutating func keep(_ horizon: Horizon, _ isFrozen: Bool) {
        var kept = Set(frozen ?? [])
        if isFrozen { kept.insert(horizon) } else { kept.remove(horizon) }
        frozen = kept.isEmpty ? nil : kept.sorted()
    }
}
