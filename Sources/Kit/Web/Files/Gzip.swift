import CZlib

/// Gzip (RFC 1952) of whole buffers through zlib.
public enum Gzip {
    /// The compressed bytes; nil if zlib refuses.
    /// - Parameter level: 1 (fast) to 9 (small)
    public static func compress(_ bytes: [UInt8], level: Int32 = 3) -> [UInt8]? {
        bytes.withUnsafeBufferPointer { compress($0, level: level) }
    }

    static func compress(_ input: UnsafeBufferPointer<UInt8>, level: Int32) -> [UInt8]? {
        let bound = Int(omnify_gzip_bound(UInt(input.count)))
        var written = 0
        let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            written = Int(
                omnify_gzip(input.baseAddress, UInt(input.count), buffer.baseAddress, UInt(bound), level))
            count = max(0, written)
        }
        return written > 0 ? output : nil
    }

    /// The plain bytes, up to a limit; nil if the data is damaged or larger.
    public static func decompress(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        var written = 0
        let output = bytes.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                written = Int(
                    omnify_gunzip(input.baseAddress, UInt(input.count), buffer.baseAddress, UInt(limit)))
                count = max(0, written)
            }
        }
        return written >= 0 ? output : nil
    }

    /// True if an `Accept-Encoding` header allows gzip with a weight above zero.
    static func isAccepted(_ header: String?) -> Bool {
        guard let header else { return false }
        for item in header.split(separator: ",") {
            let parts = item.split(separator: ";")
            guard let coding = parts.first?.trimmingSpaces().lowercased(), coding == "gzip" || coding == "*" else {
                continue
            }
            for parameter in parts.dropFirst() {
                let text = parameter.trimmingSpaces()
                if text.hasPrefix("q="), let weight = Double(text.dropFirst(2)) { return weight > 0 }
            }
            return true
        }
        return false
    }
}
