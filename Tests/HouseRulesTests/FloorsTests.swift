import Testing

/// The compiler keeps targets apart; this keeps the rooms inside a feature apart, and the floors as the architecture has them.
@Suite("House rules: floors")
struct FloorsTests {
    private static let allFeatures = ["Accounts", "Audit", "Customers", "Platforms", "Eyes", "Home", "Demo"]

    private func imports(_ names: [String], in folder: String) -> [String] {
        let files = SourceTree.sources.filter { $0.path.hasPrefix(folder) }
        return SourceTree.hits(
            #"^\s*(public |internal |@testable )?import (\#(names.joined(separator: "|")))\b"#, in: files)
    }

    @Test("Kit knows nothing of marketing or of tenants")
    func kit() {
        #expect(imports(["Tenancy", "SystemStore", "App"] + Self.allFeatures, in: "Sources/Kit/") == [])
    }

    @Test("Tenancy knows no feature")
    func tenancy() {
        #expect(imports(["App"] + Self.allFeatures, in: "Sources/Tenancy/") == [])
    }

    @Test("features do not import SystemStore or App", arguments: allFeatures)
    func features(_ feature: String) {
        #expect(imports(["SystemStore", "App"], in: "Sources/Features/\(feature)/") == [])
    }

    @Test("the Model room touches no database and no HTTP", arguments: allFeatures)
    func models(_ feature: String) {
        #expect(imports(["Mongo", "Hummingbird", "HTTPTypes"], in: "Sources/Features/\(feature)/Model/") == [])
    }

    @Test("the Learning kit does no I/O, reads no clock and no global randomness")
    func learning() {
        let files = SourceTree.sources.filter { $0.path.hasPrefix("Sources/Kit/Learning/") }
        #expect(SourceTree.hits(#"\bDate\(\)|FileManager|SystemRandomNumberGenerator|\bprint\("#, in: files) == [])
    }
}
