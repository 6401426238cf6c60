import Connectors
import Foundation
import Jobs
import Logging
import Mongo
import Tenancy
import Vault

/// What a worker process of the lab has to know: the rest it finds in the database.
public struct LabErrand: Codable, Sendable {
    public let platform: String
    public let database: String
    /// The operator's settings that lead to the stand-in.
    public let settings: [String: String]
    /// The lab's time: each process has a clock of its own that moves when it waits.
    public let now: Date

    /// What such a process says: that it begins, and where its clock is when it has moved.
    public enum Word: Sendable, Equatable {
        case begins
        case clock(Date)

        public var line: String {
            switch self {
            case .begins: "lab begins"
            case .clock(let date): "lab clock \(Int64((date.timeIntervalSince1970 * 1000).rounded()))"
            }
        }

        /// Nil for any other line.
        public init?(_ line: Substring) {
            let words = line.split(separator: " ")
            switch (words.first, words.dropFirst().first, words.count) {
            case ("lab", "begins", 2): self = .begins
            case ("lab", "clock", 3):
                guard let milliseconds = Int64(words[2]) else { return nil }
                self = .clock(Date(timeIntervalSince1970: Double(milliseconds) / 1000))
            default: return nil
            }
        }
    }

    /// Does everything that is due, as the process of a service does.
    public func work(in database: MongoDatabase, tell: @escaping @Sendable (Word) -> Void) async throws {
        guard let connector = Connectors.all.first(where: { $0.platform == platform }) else {
            throw FaultLabError.unknown(platform)
        }
        let time = ManualTime(now)
        let tools = try LabTools(database)
        let service = tools.service(connector, settings, Pauses(time) { tell(.clock($0)) }, time)
        guard let scope = try await tools.memberships.jobScope(organizationID: LabTools.organizationID, startedBy: nil)
        else { throw TenancyError.notFound }
        tell(.begins)
        try await service.enqueueDue(scope)
        await LabTools.worker(service, in: database).workOff()
    }
}
