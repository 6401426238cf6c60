import Foundation
import Jobs
import Logging

/// Hands over the mails that are due. A worker that dies with some leaves them to the next: their lease ends.
public struct DeliverMailJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        public init() {}
    }

    public static let kind = "mail.deliver"
    public static let stages = ["sending"]
    /// Mails that go over one connection.
    private static let batch = 20

    let outbox: MailOutbox

    public init(_ outbox: MailOutbox) { self.outbox = outbox }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let client = outbox.client else { return }
        var done = 0
        while true {
            let claimed = try await claim()
            guard !claimed.isEmpty else { break }
            try await hand(claimed, to: client, context)
            done += claimed.count
            try await context.progress(stage: "sending", rowsDone: done)
        }
    }

    private func claim() async throws -> [(mail: StoredMail, message: MailMessage)] {
        var claimed: [(mail: StoredMail, message: MailMessage)] = []
        while claimed.count < Self.batch, let next = try await outbox.claim() { claimed.append(next) }
        return claimed
    }

    private func hand(
        _ claimed: [(mail: StoredMail, message: MailMessage)], to client: SMTPClient, _ context: JobContext
    ) async throws {
        let ended = EndedMails()
        var breakdown = MailFault.temporary("cut")
        do {
            try await client.send(claimed.map(\.message)) { index, fault in
                ended.add(index)
                try await outbox.finish(claimed[index].mail, fault)
            }
        } catch let fault as MailFault {
            context.logger.error("mails cannot leave", metadata: ["reason": "\(fault.word)"])
            breakdown = fault
        }
        for (index, entry) in claimed.enumerated() where !ended.contains(index) {
            try await outbox.finish(entry.mail, breakdown)
        }
    }
}
