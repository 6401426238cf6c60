import Customers
import Tenancy
import Vault

extension EyesService {
    /// Everything that a run started now would work on, for repeating it elsewhere. It names customers by their ids and
    /// holds what they ordered; whoever may export data may have it.
    public func archive(_ scope: TenantScope) async throws -> RunArchive {
        let store = store(scope)
        let state = try await store.state()
        let input = try await RunInput.load(scope, database, now: clock.now()) { _, _ in }
        let runID = RunName.runID(
            organizationID: scope.organizationID, snapshotHash: RunName.snapshotHash(input.snapshot),
            asOf: input.asOfDay, zone: scope.organization.timeZone, config: state.config,
            frozen: state.frozenVersions)
        return RunArchive(scope, input, state.config, try await store.context(state, for: runID))
    }
}

extension RunArchive {
    /// What a run of an organization works on.
    init(_ scope: TenantScope, _ input: RunInput, _ config: EyesConfig, _ context: RunContext) {
        self.init(
            Header(
                organizationID: scope.organizationID, timeZone: scope.organization.timeZone, asOfDay: input.asOfDay,
                minorPerUnit: input.snapshot.minorPerUnit, config: config, context: context), input.snapshot)
    }
}
