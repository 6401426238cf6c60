import Eyes
import Foundation
import SystemStore
import Tenancy

/// Repeats analyses outside the service, and measures them.
public enum EyesCommand {
    /// Writes everything the next run of an organization would work on.
    public static func snapshot(_ config: AppConfig, slug: String, to path: String) async throws {
        try await Base.with(config) { base in
            let dependencies = try await Dependencies(base)
            let system = SystemStore(
                dependencies.database, memberships: dependencies.memberships,
                reason: "A snapshot is written for repeating a run.", by: .command("eyes"))
            guard let organization = try await system.organizations().first(where: { $0.slug == slug }),
                let scope = try await system.scope(organizationID: organization.id)
            else { throw StartRefusal("There is no organization “\(slug)”.") }
            let service = EyesService(
                database: dependencies.database, jobs: dependencies.queue, audit: dependencies.audit,
                clock: base.clock, memory: EyesMemory())
            let archive = try await service.archive(scope)
            let file = try opened(path)
            try archive.write { file.write(Data($0)) }
            try file.close()
        }
    }

    /// Runs from a snapshot. The document is the same to the byte on any number of threads.
    public static func run(from path: String, threads: Int, to output: String?) throws {
        let archive: RunArchive
        do {
            archive = try RunArchive(bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        } catch let damage as RunArchive.Damage {
            switch damage {
            case .header: throw StartRefusal("\(path) is not a snapshot of this version.")
            case .line(let number): throw StartRefusal("\(path), line \(number) cannot be read.")
            }
        }
        let file = try output.map(opened)
        let (runID, hash) = try archive.run(threads: threads) { file?.write(Data($0)) }
        try file?.close()
        print("\(runID) \(hash)")
    }

    private static func opened(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw StartRefusal("\(path) cannot be written.") }
        return file
    }
}
