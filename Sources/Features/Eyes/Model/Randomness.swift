/// Seeds derived from the run's seed and what they are for, so that no two steps share their random draws and a new
/// step does not change an old one's.
struct RunSeed: Sendable {
    let seed: Int64

    /// FNV-1a over the purpose, mixed with the seed.
    func derived(_ purpose: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash ^ (UInt64(bitPattern: seed) &* 0x9E37_79B9_7F4A_7C15)
    }
}
