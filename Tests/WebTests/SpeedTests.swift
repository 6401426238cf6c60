import Foundation
import Testing

@testable import Web

/// Guards against a slip of an order of magnitude; the figures themselves come from a release build.
@Suite(.serialized) struct SpeedTests {
    private struct Row: JSONWritable {
        let index: Int
        func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("id", "cus_01hzy3v7k5e8q2r4t6w8x0z1b3")
                json.field("name", "Customer number \(index)")
                json.field("orders", index * 7)
                json.money("value", minor: Int64(index) * 12_345, currency: "EUR")
                json.field("churn", 0.731)
                json.field("last_order_at", Date(timeIntervalSince1970: 1_700_000_000))
                json.field("consent", true)
                json.field("segment", String?.none)
            }
        }
    }

    private func microseconds(_ runs: Int, _ body: () -> Void) -> Double {
        body()
        var best = Double.infinity
        for _ in 0..<5 {
            let start = ContinuousClock.now
            for _ in 0..<runs { body() }
            let parts = start.duration(to: .now).components
            best = min(best, (Double(parts.seconds) * 1e6 + Double(parts.attoseconds) / 1e12) / Double(runs))
        }
        return best
    }

    @Test("a list of fifty rows")
    func list() {
        let envelope = ListEnvelope((0..<50).map(Row.init), page: PageInfo(limit: 50, nextCursor: nil))
        let time = microseconds(200) {
            var writer = JSONWriter(capacity: 16_384)
            envelope.write(to: &writer)
        }
        print("speed: 50-row list \(time) µs")
        #expect(time < 3000)
    }

    @Test("the frame of a page")
    func shell() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: root.appending(path: "Templates").path),
            catalogue: try Catalogue.load(directory: root.appending(path: "Locales").path),
            assets: try StaticFiles(directory: root.appending(path: "Public").path))
        let time = microseconds(50) { _ = renderer.html(ErrorPage.sample, shell: .sample) }
        print("speed: public page \(time) µs")
        #expect(time < 20_000)
    }

    @Test("escaping a long text")
    func escape() {
        let text = String(repeating: "plain text without anything to escape ", count: 100)
        let time = microseconds(200) { _ = HTMLEscape.escaped(text) }
        print("speed: escape 3.8 kB \(time) µs")
        #expect(time < 2000)
    }
}
