/// Why a mail did not leave.
public enum MailFault: Error, Sendable, Hashable {
    /// Passes by itself: a line that broke, a busy server, one that wants us to wait. The word says which.
    case temporary(String)
    /// The server will never take this mail: usually an address that does not exist.
    case refused(code: Int)
    /// The operator's settings are wrong: sign-in refused, no encryption offered. Mails wait until they are right.
    case setup(String)

    /// Whether it was an answer to one mail, and the conversation goes on.
    var concernsOneMail: Bool {
        switch self {
        case .refused: true
        case .temporary(let word): Int(word) != nil && word != "421"
        case .setup: false
        }
    }

    /// A code for logs and pages, without anything of the mail.
    public var word: String {
        switch self {
        case .temporary(let word): word
        case .refused(let code): "refused_\(code)"
        case .setup(let word): word
        }
    }
}
