import BSON
import Crypto
import Vault

/// A fingerprint of who may be used and why not: SHA-256 over one line per person, in order of id.
struct ConsentHash {
    private var hash = SHA256()

    mutating func add(_ customerID: String, _ verdict: ConsentVerdict) {
        let until = verdict.until.map { String($0.bsonMilliseconds) } ?? "-"
        hash.update(data: Array("\(customerID)\t\(verdict.standing.rawValue)\t\(until)\n".utf8))
    }

    var hex: String { Hex.encode(Array(hash.finalize())) }
}
