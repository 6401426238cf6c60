import Foundation
import Testing

@Suite("House rules: words")
struct CatalogueRulesTests {
    private func keys(_ value: Any, prefix: String) -> [String] {
        guard let object = value as? [String: Any] else { return [prefix] }
        return object.flatMap { keys($0.value, prefix: prefix.isEmpty ? $0.key : prefix + "." + $0.key) }
    }

    private func catalogue(_ language: String) throws -> Set<String> {
        let files = SourceTree.files(under: "Locales/\(language)", ending: ".json")
        return Set(
            try files.flatMap { file in
                let name = file.path.split(separator: "/").last.map { String($0.dropLast(5)) } ?? ""
                return keys(
                    try JSONSerialization.jsonObject(with: Data(file.lines.joined(separator: "\n").utf8)), prefix: name)
            })
    }

    @Test("English and Spanish have the same keys")
    func inStep() throws {
        let english = try catalogue("en")
        let spanish = try catalogue("es")
        #expect(english.subtracting(spanish).sorted() == [])
        #expect(spanish.subtracting(english).sorted() == [])
        #expect(!english.isEmpty)
    }

    @Test("templates place values escaped, and run no inline script or style")
    func templates() {
        let templates = SourceTree.files(under: "Templates", ending: ".mustache")
        #expect(SourceTree.hits(#"\{\{\{|\{\{&|<script>|\son[a-z]+=|javascript:|<style"#, in: templates) == [])
    }

    @Test("no person reads exclamation marks or praise")
    func quietWords() {
        let files = SourceTree.files(under: "Locales", ending: ".json")
        #expect(SourceTree.hits(#":\s*".*(!|¡|magic|mágic|awesome|amazing)"#, in: files) == [])
    }
}
