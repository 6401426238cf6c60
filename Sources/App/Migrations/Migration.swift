import Foundation
import Vault
import Web

/// One file of `migrations/`: what to do, how to take it back, and a checksum that shows whether it was edited later.
struct Migration: Sendable {
    let version: Int
    let name: String
    let up: [MigrationStep]
    let down: [MigrationStep]
    /// SHA-256 of the file's bytes.
    let checksum: String

    /// Reads `NNNN-name.json` files in the order of their numbers.
    static func load(folder: String) throws -> [Migration] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
            .sorted()
        let migrations = try names.map { try Migration(path: folder + "/" + $0) }
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            throw MigrationError.badFile("\(migration.version): versions must count up from 1 without a gap")
        }
        return migrations
    }

    private init(path: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let fileName = path.split(separator: "/").last.map(String.init) ?? path
        guard let number = fileName.split(separator: "-").first.flatMap({ Int($0) }) else {
            throw MigrationError.badFile("\(fileName): the name must begin with a number and a dash")
        }
        do {
            let text = try JSONParser.parse([UInt8](bytes), allowsDatabaseNames: true)
            let file = try WrittenObject(text, names: ["name", "up", "down"])
            version = number
            name = try file.text("name")
            up = try file.steps("up")
            down = try file.steps("down")
            checksum = RandomToken.hash(String(decoding: bytes, as: UTF8.self))
        } catch let error as JSONSyntaxError {
            throw MigrationError.badFile("\(fileName), byte \(error.offset): \(error.reason)")
        } catch MigrationError.badFile(let what) {
            throw MigrationError.badFile("\(fileName): \(what)")
        }
    }

    /// The text of a new file.
    static func fileText(name: String, up: [MigrationStep], down: [MigrationStep]) throws -> String {
        let file: JSONValue = [
            "name": .string(name), "up": .array(up.map(\.json)), "down": .array(down.map(\.json)),
        ]
        let tree = try JSONSerialization.jsonObject(with: Data(file.jsonBytes))
        let text = try JSONSerialization.data(
            withJSONObject: tree, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: text, as: UTF8.self) + "\n"
    }
}

enum MigrationError: Error, CustomStringConvertible {
    case badFile(String)
    case changed(version: Int, name: String)
    case unknownVersion(Int)
    case lockedByAnother(String)

    var description: String {
        switch self {
        case .badFile(let what): "A migration file is wrong: \(what.hasSuffix(".") ? String(what.dropLast()) : what)."
        case .changed(let version, let name):
            "Migration \(version) (\(name)) was edited after it had been applied. Put the old text back and write a new one."
        case .unknownVersion(let version):
            "The database has migration \(version), which this program does not know: start a newer program."
        case .lockedByAnother(let owner):
            "Another process (\(owner)) has taken over: a step took longer than a minute. Try again when it is done."
        }
    }
}
