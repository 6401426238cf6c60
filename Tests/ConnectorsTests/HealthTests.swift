import Foundation
import Records
import Testing
import VendorServers

@testable import Connectors

@Suite("Data health")
struct HealthTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)

    private func state(_ name: String, okBefore seconds: TimeInterval?) -> SyncState {
        let stream = SyncStream(
            name, .all, every: 3600, pager: .single, records: "", id: "id", request: { _ in .get("/") },
            map: { _, _, _ in })
        var state = SyncState(id: name, connectionID: "con_1", stream: stream, now: now)
        state.lastOkAt = seconds.map { now.addingTimeInterval(-$0) }
        state.lastStartedAt = state.lastOkAt?.addingTimeInterval(-20)
        return state
    }

    private func calls(_ all: Int, failed: Int = 0, limited: Int = 0) -> PlatformCalls {
        PlatformCalls(
            id: "pcl_1", connectionID: "con_1", endpoint: "*", hour: now, calls: all, failed: failed, limited: limited,
            milliseconds: 0, expiresAt: now)
    }

    @Test("health is 40 freshness, 30 success, 20 head-room and 10 agreement")
    func parts() {
        let fresh = [state("a", okBefore: 60), state("b", okBefore: 5000)]
        #expect(HealthParts.of(fresh, calls: [calls(100)], unexplained: nil, at: now).score == 100)
        let half = [state("a", okBefore: 60), state("b", okBefore: 6000)]
        let parts = HealthParts.of(half, calls: [calls(100, failed: 50, limited: 5)], unexplained: 0.06, at: now)
        #expect(parts == HealthParts(freshness: 20, success: 15, headroom: 10, reconciliation: 5))
        #expect(parts.score == 50)
        #expect(HealthParts.of([], calls: [], unexplained: 0.5, at: now).score == 20)
        #expect(HealthParts.agreement(0.02) == 10 && HealthParts.agreement(0.1) == 0)
    }

    @Test("a stream that is switched off takes nothing away")
    func off() {
        var off = state("b", okBefore: nil)
        off.isOff = true
        let parts = HealthParts.of([state("a", okBefore: 60), off], calls: [calls(1)], unexplained: nil, at: now)
        #expect(parts.freshness == 40)
        #expect(StreamHealth(off, quarantined: 0, since: now - 86_400, at: now).state == .off)
    }

    @Test("a stream is late half an interval after it was due, and says since when it is whole")
    func streams() {
        let good = StreamHealth(state("a", okBefore: 5000), quarantined: 2, since: now, at: now)
        #expect(good.state == .ok && good.lateness == 0 && good.quarantined == 2)
        #expect(good.asOf == now.addingTimeInterval(-5020))
        let late = StreamHealth(state("a", okBefore: 6000), quarantined: 0, since: now, at: now)
        #expect(late.state == .late && late.lateness == 600)
        var broken = state("a", okBefore: 100)
        broken.errorCode = "timeout"
        #expect(StreamHealth(broken, quarantined: 0, since: now, at: now).state == .failed)
        broken.isHeld = true
        #expect(StreamHealth(broken, quarantined: 0, since: now, at: now).state == .held)
        #expect(StreamHealth(state("a", okBefore: nil), quarantined: 0, since: now, at: now).state == .neverRan)
    }

    @Test("every stream of every platform has a word in both languages", arguments: ["en", "es"])
    func words(_ language: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Locales/\(language)/connections.json"))
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let words = try #require(all["stream"] as? [String: String])
        let missing = Connectors.all.flatMap { connector in
            connector.streams.map(\.name).filter { words[$0]?.isEmpty ?? true }.map { "\(connector.platform).\($0)" }
        }
        #expect(missing == [])
    }
}
