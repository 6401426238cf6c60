import Foundation
import Mustache
import Synchronization

/// All templates of a folder, parsed once at start; a broken one stops the start. In development they are read again
/// when they changed.
public final class TemplateLibrary: Sendable {
    private struct Loaded: Sendable {
        var trees: [String: [TemplateNode]]
        var texts: [String: String]
        var stamp: Date?
        var checkedAt: Date
    }

    private let directory: String?
    private let reloads: Bool
    private let state: Mutex<Loaded>

    /// Reads `directory/**/*.mustache`.
    /// - Parameter reloads: look for changed files at most once a second; for development only
    public init(directory: String, reloads: Bool = false) throws {
        self.directory = directory
        self.reloads = reloads
        let texts = try TemplateLibrary.read(directory)
        state = Mutex(
            Loaded(
                trees: try TemplateLibrary.trees(texts), texts: texts,
                stamp: reloads ? TemplateLibrary.stamp(directory) : nil, checkedAt: Date()))
    }

    /// A library from texts, for tests.
    public init(texts: [String: String]) throws {
        directory = nil
        reloads = false
        state = Mutex(
            Loaded(trees: try TemplateLibrary.trees(texts), texts: texts, stamp: nil, checkedAt: Date()))
    }

    /// The parsed templates.
    var trees: [String: [TemplateNode]] {
        if reloads { reloadIfChanged() }
        return state.withLock { $0.trees }
    }

    /// The templates' texts by name, for the lint.
    public var texts: [String: String] { state.withLock { $0.texts } }

    /// swift-mustache reads each template first: what it refuses, we refuse with the place.
    private static func trees(_ texts: [String: String]) throws -> [String: [TemplateNode]] {
        for (name, text) in texts {
            do { _ = try MustacheTemplate(string: text) } catch let error as MustacheTemplate.ParserError {
                throw TemplateError(name: name, line: error.context.lineNumber, reason: "\(error.error)")
            }
        }
        return texts.mapValues(TemplateReader.read)
    }

    private static func read(_ directory: String) throws -> [String: String] {
        var texts: [String: String] = [:]
        for path in try files(directory) {
            guard let data = FileManager.default.contents(atPath: directory + "/" + path),
                let text = String(validating: data, as: UTF8.self)
            else { throw TemplateError(name: path, line: 0, reason: "cannot be read as UTF-8") }
            texts[String(path.dropLast(".mustache".count))] = text
        }
        return texts
    }

    private static func files(_ directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory).filter { $0.hasSuffix(".mustache") }.sorted()
    }

    private static func stamp(_ directory: String) -> Date? {
        let paths = (try? files(directory)) ?? []
        return paths.compactMap { path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/" + path)
            return attributes?[.modificationDate] as? Date
        }
        .max()
    }

    private func reloadIfChanged() {
        guard let directory else { return }
        state.withLock { loaded in
            guard Date().timeIntervalSince(loaded.checkedAt) > 1 else { return }
            loaded.checkedAt = Date()
            let stamp = TemplateLibrary.stamp(directory)
            guard stamp != loaded.stamp else { return }
            loaded.stamp = stamp
            // A half-saved template keeps the last good set; the next save is looked at again.
            guard let texts = try? TemplateLibrary.read(directory),
                let trees = try? TemplateLibrary.trees(texts)
            else { return }
            loaded.texts = texts
            loaded.trees = trees
        }
    }
}

/// A template that cannot be parsed.
public struct TemplateError: Error, Sendable, CustomStringConvertible {
    public let name: String
    public let line: Int
    public let reason: String
    public var description: String { "Templates/\(name).mustache:\(line): \(reason)" }
}
