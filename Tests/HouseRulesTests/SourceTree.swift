import Foundation

/// The repository as text, for rules that a search can check.
enum SourceTree {
    struct File: Sendable {
        /// Relative to the repository.
        let path: String
        let lines: [String]
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(under: "Sources", ending: ".swift")
    static let tests = files(under: "Tests", ending: ".swift")

    static func files(under folder: String, ending suffix: String) -> [File] {
        let base = root.appendingPathComponent(folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: base.appendingPathComponent(name), encoding: .utf8) else {
                return nil
            }
            return File(path: folder + "/" + name, lines: text.components(separatedBy: "\n"))
        }
    }

    /// `path:line: text` of every line that matches and is no comment.
    static func hits(_ pattern: String, in files: [File], except allowed: (File) -> Bool = { _ in false }) -> [String] {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return ["bad pattern \(pattern)"] }
        return files.filter { !allowed($0) }.flatMap { file in
            file.lines.enumerated().compactMap { index, line in
                let trimmed = line.trimmingCharacters(in: .whitespaces)
                guard !trimmed.hasPrefix("//") else { return nil }
                let range = NSRange(line.startIndex..., in: line)
                return expression.firstMatch(in: line, range: range) == nil
                    ? nil : "\(file.path):\(index + 1): \(trimmed)"
            }
        }
    }
}
