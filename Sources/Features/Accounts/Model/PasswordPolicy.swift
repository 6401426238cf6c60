import Foundation

/// What a password must be (01 §6): long, not on the list of common ones, not the person's own name, address or
/// organization. No composition rules: length beats them.
public enum PasswordPolicy {
    public static let minimumLength = 12
    /// Bounds the cost of hashing what strangers send.
    public static let maximumLength = 256

    /// The code of the first broken rule, or nil if the password will do.
    public static func problem(with password: String, email: String, name: String, organization: String) -> String? {
        if password.count < minimumLength { return "password-too-short" }
        if password.utf8.count > maximumLength * 4 || password.count > maximumLength { return "password-too-long" }
        let folded = fold(password)
        if isCommon(folded) { return "password-common" }
        let localPart = email.split(separator: "@").first.map(String.init) ?? email
        for own in [email, localPart, name, organization] where !own.isEmpty && fold(own) == folded {
            return "password-is-own-name"
        }
        return nil
    }

    /// Lower case without diacritics or surrounding space, so that "PassWord…" is "password…".
    private static func fold(_ text: String) -> String {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// True for listed passwords, for listed words repeated or padded with a counted-up or repeated tail, and for
    /// a single character or a short pattern repeated.
    private static func isCommon(_ folded: String) -> Bool {
        if CommonPasswords.whole.contains(folded) { return true }
        if isRepetition(folded) || isSequence(folded) { return true }
        let plain = CommonPasswords.unleet(folded)
        let stem = plain.trimmingCharacters(in: CharacterSet.letters.inverted)
        return CommonPasswords.stems.contains(stem) || isRepeatedStem(stem)
    }

    private static func isRepetition(_ text: String) -> Bool {
        let characters = Array(text)
        for period in 1...4 where characters.count >= period * 3 {
            if characters.indices.allSatisfy({ characters[$0] == characters[$0 % period] }) { return true }
        }
        return false
    }

    /// Runs along the alphabet, the digits or a keyboard row, forwards or backwards, possibly starting over.
    private static func isSequence(_ text: String) -> Bool {
        CommonPasswords.runs.contains { run in
            let twice = run + run + run
            return twice.contains(text) || String(twice.reversed()).contains(text)
        }
    }

    private static func isRepeatedStem(_ stem: String) -> Bool {
        CommonPasswords.stems.contains { word in
            !word.isEmpty && stem.count % word.count == 0 && stem.count > word.count
                && stem == String(repeating: word, count: stem.count / word.count)
        }
    }
}
