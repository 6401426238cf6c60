import Crypto
import Foundation

/// Hashes and the name of a run.
enum RunName {
    /// SHA-256 over the canonical rows, hexadecimal.
    static func snapshotHash(_ snapshot: Snapshot) -> String {
        var hash = SHA256()
        snapshot.writeCanonical { hash.update(data: $0) }
        return hex(hash.finalize())
    }

    /// "eyr_" and 26 characters of SHA-256 over seed, rows, code version and configuration, for one organization and
    /// one score time. The same question has the same name, on any machine.
    ///
    /// - Parameter frozen: versions of models that somebody has decided to keep
    static func runID(
        organizationID: String, snapshotHash: String, asOf: Int, zone: String, config: EyesConfig,
        frozen: [String] = []
    ) -> String {
        let text =
            ([organizationID, snapshotHash, "\(asOf)", zone, Eyes.codeVersion, config.canonical] + frozen)
            .joined(separator: "\n")
        return "eyr_" + base32(SHA256.hash(data: Data(text.utf8)), characters: 26)
    }

    static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    /// Crockford's alphabet in lower case, five bits a character.
    private static func base32(_ digest: SHA256.Digest, characters: Int) -> String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var text = ""
        var bits: UInt32 = 0
        var count = 0
        for byte in digest where text.count < characters {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 5, text.count < characters {
                count -= 5
                text.append(alphabet[Int(bits >> UInt32(count)) & 31])
            }
            bits &= (1 << UInt32(count)) - 1
        }
        return text
    }
}
