import Customers
import Foundation
import Testing

@testable import Eyes

@Suite("Snapshots in files")
struct ArchiveTests {
    private func archive() throws -> RunArchive {
        let (customers, rows) = try ActivityTests.lively(320, seed: 3)
        let snapshot = ActivityTests.snapshot(customers, rows)
        return RunArchive(
            .init(
                organizationID: "org_x", timeZone: "Europe/Madrid", asOfDay: 10_001, minorPerUnit: 100,
                config: .standard,
                context: RunContext(
                    former: [.init(id: "seg_old_0", size: 12, centre: [20.5, 3.25, 1.0 / 3])],
                    lastRun: FeatureSpread(
                        FeatureTable(snapshot, customers: Array(0..<50), at: 9_900), runID: "eyr_old"))), snapshot)
    }

    private func bytes(_ archive: RunArchive) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try archive.write { bytes += $0 }
        return bytes
    }

    @Test("a snapshot reads back as it was written")
    func roundTrip() throws {
        let archive = try archive()
        let again = try RunArchive(bytes: try bytes(archive))
        #expect(again.header == archive.header)
        #expect(again.snapshot.customers == archive.snapshot.customers)
        #expect(again.snapshot.orders == archive.snapshot.orders)
        #expect(again.snapshot.activity == archive.snapshot.activity)
        #expect(try bytes(again) == bytes(archive))
    }

    @Test("orders without a rate read back as such, with their channel, and have a name of their own")
    func unconverted() throws {
        func snapshot(isConverted: Bool) -> Snapshot {
            var builder = SnapshotBuilder(customers: ["a"], minorPerUnit: 100)
            for (day, channel) in [(Int32(3), OrderChannel.untold), (5, .email)] {
                builder.add(
                    OrderPoint(
                        placedAt: Int64(day) * 86_400_000, day: day, amountMinor: 0, refundedMinor: 0, discountMinor: 0,
                        channel: channel, isConverted: isConverted), customer: 0)
            }
            return builder.finish()
        }
        let header = try archive().header
        let written = RunArchive(header, snapshot(isConverted: false))
        let again = try RunArchive(bytes: try bytes(written)).snapshot
        #expect(again.orders == written.snapshot.orders && again.orders.allSatisfy { !$0.isConverted })
        #expect(RunName.snapshotHash(again) == RunName.snapshotHash(written.snapshot))
        #expect(RunName.snapshotHash(again) != RunName.snapshotHash(snapshot(isConverted: true)))
    }

    @Test("the run's document is the same to the byte on one core and two, and from the file and from memory")
    func repeated() throws {
        let archive = try archive()
        let again = try RunArchive(bytes: try bytes(archive))
        var documents: [[UInt8]] = []
        var names: Set<String> = []
        for (source, threads) in [(archive, 1), (again, 2)] {
            var document: [UInt8] = []
            let (runID, hash) = try source.run(threads: threads) { document += $0 }
            documents.append(document)
            names.insert(runID + hash)
        }
        #expect(names.count == 1)
        #expect(documents[0] == documents[1] && documents[0].count > 10_000)
    }

    @Test("a damaged file names its line")
    func damaged() throws {
        var bytes = try bytes(archive())
        #expect(throws: RunArchive.Damage.header) { try RunArchive(bytes: Array("{}\nc a\n".utf8)) }
        bytes += Array("o 12 x\n".utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n")).count
        #expect(throws: RunArchive.Damage.line(lines)) { try RunArchive(bytes: bytes) }
    }
}
