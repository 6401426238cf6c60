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
        return RunArchive(
            .init(
                organizationID: scope.organizationID, timeZone: scope.organization.timeZone, asOfDay: input.asOfDay,
                minorPerUnit: input.snapshot.minorPerUnit, config: state.config,
                context: try await store.context(state, for: runID)), input.snapshot)
    }
}
