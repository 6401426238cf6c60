import Testing

@Suite("House rules: code")
struct CodeRulesTests {
    @Test("unchecked concurrency stays in Kit/Mongo and Kit/Telemetry")
    func uncheckedSendable() {
        let hits = SourceTree.hits(#"@unchecked Sendable|nonisolated\(unsafe\)"#, in: SourceTree.sources) {
            $0.path.hasPrefix("Sources/Kit/Mongo/") || $0.path.hasPrefix("Sources/Kit/Telemetry/")
        }
        #expect(hits == [])
    }

    @Test("libmongoc is imported in Kit/Mongo only")
    func mongoInOnePlace() {
        let hits = SourceTree.hits(#"^\s*(public |internal )?import CMongoC"#, in: SourceTree.sources) {
            $0.path.hasPrefix("Sources/Kit/Mongo/")
        }
        #expect(hits == [])
    }

    @Test("nothing crashes on outside data: no try!, as!, fatalError")
    func noCrashes() {
        #expect(SourceTree.hits(#"\btry!|\bas!|\bfatalError\(|preconditionFailure\("#, in: SourceTree.sources) == [])
    }

    @Test("features hold no randomness that is not a seeded generator")
    func noInventedFigures() {
        let features = SourceTree.sources.filter { $0.path.hasPrefix("Sources/Features/") }
        #expect(SourceTree.hits(#"\.random\(|\.shuffled\(\)|randomElement\(\)"#, in: features) == [])
    }

    /// The one loop that waits for conditions, and the platforms' stand-in, which can be told to answer slowly.
    private static let mayTakeTime: Set = ["Tests/Waiting/Eventually.swift", "Tests/VendorServers/VendorHost.swift"]

    @Test("every route stands in a table, and every stream of a feature asks again whether it may go on")
    func tablesAndStreams() {
        let routes = SourceTree.hits(
            #"\b(router|browser|tenant|entry|member|group)\.(get|head|post|put|patch|delete|on)\("#,
            in: SourceTree.sources
        ) { $0.path.hasPrefix("Sources/Kit/Web/Routing/") }
        #expect(routes == [])
        let streams = SourceTree.hits(#"Response\.events\("#, in: SourceTree.sources) {
            $0.path == "Sources/Features/Accounts/Web/TenantPageContext+Events.swift"
        }
        #expect(streams == [])
    }

    @Test("tests do not sleep, skip or switch themselves off")
    func honestTests() {
        let hits = SourceTree.hits(
            #"Task\.sleep|Thread\.sleep|usleep\(|\.disabled\(|XCTSkip|withKnownIssue"#,
            in: SourceTree.tests
        ) { $0.path.hasPrefix("Tests/HouseRulesTests/") || Self.mayTakeTime.contains($0.path) }
        #expect(hits == [])
    }

    @Test("nothing unfinished is left in the product")
    func noUnfinishedWords() {
        let product = SourceTree.sources + SourceTree.files(under: "Templates", ending: ".mustache")
        #expect(SourceTree.hits(#"TODO|FIXME|XXX|not implemented|coming soon|lorem ipsum"#, in: product) == [])
    }

    @Test("no file outgrows one room: at most 400 lines")
    func fileLength() {
        let long = SourceTree.sources.filter { $0.lines.count > 400 }.map { "\($0.path): \($0.lines.count)" }
        #expect(long == [])
    }
}
