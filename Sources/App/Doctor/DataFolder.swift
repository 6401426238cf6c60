import Foundation

/// The folder for uploaded files: whether it can be written to, and how much room its disk has.
struct DataFolder {
    let path: String

    /// Makes the folder where it is missing and writes to it.
    /// - Returns: why that is not possible, with what to do; nil where it is, and where only room is missing.
    func obstacle() -> (words: String, remedy: String)? {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let trial = URL(fileURLWithPath: path).appendingPathComponent("trial-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: trial) }
            try Data("x".utf8).write(to: trial)
            return nil
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            return nil
        } catch {
            return (
                "no right to write to \(path)",
                "Give this program's user the right to it, or name another folder with OMNIFY_DATA_DIR."
            )
        }
    }

    /// Bytes that this program may still write.
    func free() -> Int64? {
        var existing = URL(fileURLWithPath: path)
        while !FileManager.default.fileExists(atPath: existing.path), existing.path != "/" {
            existing.deleteLastPathComponent()
        }
        let values = try? FileManager.default.attributesOfFileSystem(forPath: existing.path)
        return (values?[.systemFreeSize] as? NSNumber)?.int64Value
    }
}
