import Foundation

/// Finding a short sequence in bytes at the speed of `memchr`.
enum ByteSearch {
    /// Index of the first occurrence of a needle; nil if there is none.
    static func first(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard let head = needle.first else { return 0 }
        return bytes.withUnsafeBytes { haystack -> Int? in
            guard let base = haystack.baseAddress else { return nil }
            var start = 0
            let last = haystack.count - needle.count
            while start <= last, let hit = memchr(base + start, Int32(head), last - start + 1) {
                let index = UnsafeRawPointer(hit) - base
                if needle.withUnsafeBytes({ memcmp(base + index, $0.baseAddress ?? base, needle.count) }) == 0 {
                    return index
                }
                start = index + 1
            }
            return nil
        }
    }
}
