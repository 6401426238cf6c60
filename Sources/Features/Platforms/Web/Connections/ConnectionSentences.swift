import Connectors
import Foundation
import Web

/// What a connection's page says about a state, as plain sentences for where there is no page.
public enum ConnectionSentences {
    public static func of(_ status: ConnectionStatus, name: String, words: Localizer, now: Date) -> String {
        let words = ConnectionWords(words: words, now: now)
        let parts = [
            words.title(status, name: name) + ".", words.cause(status, name: name), words.quote(status, name: name),
            words.leftAlone(status, name: name), words.until(status), words.step(status, name: name),
        ]
        return parts.compactMap(\.self).joined(separator: " ")
    }
}
