import Crypto
import CryptoExtras
import FoundationEssentials

/// Cost of one password hash (RFC 7914): memory is 128 · N · r bytes, time grows with N · r · p.
public struct ScryptParameters: Sendable, Hashable {
    /// log2 of N.
    public let logN: Int
    public let blockSize: Int
    public let parallelism: Int

    public init(logN: Int, blockSize: Int, parallelism: Int) {
        self.logN = logN
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// 32 MiB and about 170 ms of one core: the third row of the equal-strength table of OWASP's password storage
    /// cheat sheet, chosen because two hashes at once then cost 64 MiB and not 256.
    public static let standard = ScryptParameters(logN: 15, blockSize: 8, parallelism: 3)

    /// Almost free; for tests and throw-away data only.
    public static let minimal = ScryptParameters(logN: 4, blockSize: 8, parallelism: 1)

    /// Bounds that keep a damaged or planted hash string from asking for gigabytes.
    var isAcceptable: Bool {
        (1...18).contains(logN) && (1...16).contains(blockSize) && (1...16).contains(parallelism)
    }

    func derive(_ password: [UInt8], salt: [UInt8]) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: password, salt: salt, outputByteCount: ScryptHash.keyLength, rounds: 1 << logN,
            blockSize: blockSize, parallelism: parallelism)
        return key.withUnsafeBytes { Array($0) }
    }
}

/// A stored password hash: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, salt and key in base64url.
struct ScryptHash {
    static let keyLength = 32
    static let saltLength = 16

    let parameters: ScryptParameters
    let salt: [UInt8]
    let key: [UInt8]

    init(parameters: ScryptParameters, salt: [UInt8], key: [UInt8]) {
        self.parameters = parameters
        self.salt = salt
        self.key = key
    }

    /// Nil when the text is not such a hash or asks for absurd costs.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let costs = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard costs.count == 3, costs.allSatisfy({ $0.count == 2 }), costs.map({ $0[0] }) == ["ln", "r", "p"],
            let logN = Int(costs[0][1]), let blockSize = Int(costs[1][1]), let parallelism = Int(costs[2][1]),
            let salt = Base64URL.decode(String(parts[3])), let key = Base64URL.decode(String(parts[4])),
            (8...64).contains(salt.count), (16...64).contains(key.count)
        else { return nil }
        let parameters = ScryptParameters(logN: logN, blockSize: blockSize, parallelism: parallelism)
        guard parameters.isAcceptable else { return nil }
        self.init(parameters: parameters, salt: salt, key: key)
    }

    var text: String {
        "$scrypt$ln=\(parameters.logN),r=\(parameters.blockSize),p=\(parameters.parallelism)"
            + "$\(Base64URL.encode(salt))$\(Base64URL.encode(key))"
    }
}
