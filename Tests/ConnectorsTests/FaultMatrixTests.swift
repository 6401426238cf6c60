import FaultLab
import Foundation
import Testing

/// The lab of `omnify fault-lab`, as a test. All of it takes half an hour, so usually a sixteenth is tried: each
/// platform with one or two faults, each fault on one platform; `OMNIFY_LAB=all`, or `OMNIFY_LAB=hubspot,stripe/dns`,
/// chooses otherwise.
@Suite("Fault lab")
struct FaultMatrixTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        let platform: String
        let fault: LabFault

        var testDescription: String { "\(platform)/\(fault.name)" }

        /// Each platform with one or two faults, each fault on one platform.
        var isUsual: Bool {
            let row = FaultLab.platforms.firstIndex(of: platform) ?? 0
            let column = LabFault.allCases.firstIndex(of: fault) ?? 0
            return (row * 5 + column) % 16 == 0
        }
    }

    private static let lab = FaultLab(LabDatabases.shared.scratch)

    static let cells: [Cell] = {
        let wanted = ProcessInfo.processInfo.environment["OMNIFY_LAB"].map { $0.split(separator: ",").map(String.init) }
        let all = FaultLab.platforms.flatMap { platform in
            LabFault.allCases.filter { FaultLab.applies($0, to: platform) }.map { Cell(platform: platform, fault: $0) }
        }
        guard let wanted else { return all.filter { $0.isUsual } }
        if wanted == ["all"] { return all }
        return all.filter { cell in
            wanted.contains { $0 == cell.platform || $0 == cell.fault.name || $0 == cell.testDescription }
        }
    }()

    @Test("after it nothing is lost, nothing is doubled, and the state told the truth", arguments: cells)
    func matrix(_ cell: Cell) async throws {
        let outcome = try await Self.lab.run(cell.platform, cell.fault)
        #expect(outcome.problems == [])
    }

    @Test("every platform meets the faults of the line, of its limits and of its sign-in")
    func width() {
        #expect(FaultLab.platforms.count == 16)
        for platform in FaultLab.platforms {
            let left = LabFault.allCases.filter { !FaultLab.applies($0, to: platform) }
            let may: Set<LabFault> = [.refreshRaced, .refreshDown, .webhookStorm, .changesMeanwhile]
            #expect(Set(left).isSubset(of: may), "\(platform)")
        }
    }
}
