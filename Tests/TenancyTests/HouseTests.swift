import Foundation
import Testing

/// Reads this room's sources the way a reviewer would.
@Suite("Walls of this room")
struct HouseTests {
    private static let sources: URL = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    private static func texts(under folder: String) throws -> [(name: String, text: String)] {
        let root = sources.appending(path: folder)
        let files =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return try files.filter { $0.pathExtension == "swift" }
            .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
    }

    @Test("a scope can be made nowhere else: its initializer is internal, and it has no coding, default or copy-with")
    func scopeIsNotForgeable() throws {
        let files = try Self.texts(under: "Tenancy")
        let scope = try #require(files.first { $0.name == "TenantScope.swift" }?.text)
        let declaration = try #require(scope.range(of: "public struct TenantScope"))
        let body = String(scope[declaration.lowerBound...])
        #expect(body.contains("\n    init(organization: Organization, actor: Actor, role: Role)"))
        #expect(!body.contains("public init"))
        #expect(!body.contains("package init"))
        #expect(!body.contains("static let"))
        #expect(!body.contains("public var organization:"))
        #expect(body.contains("public struct TenantScope: Sendable {"))
        for file in files {
            #expect(!file.text.contains("extension TenantScope"), "\(file.name)")
            #expect(!file.text.contains("public static func scope"), "\(file.name)")
            #expect(!file.text.contains("@usableFromInline") && !file.text.contains("@_spi"), "\(file.name)")
        }
    }

    @Test("features neither reach across organizations nor open this room's inside")
    func features() throws {
        for file in try Self.texts(under: "Features") + Self.texts(under: "Kit") {
            #expect(!file.text.contains("import SystemStore"), "\(file.name)")
            #expect(!file.text.contains("@testable import"), "\(file.name)")
        }
    }
}
