import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where finished log lines go. Lines of different threads never mix.
public final class LogSink: Sendable {
    private let write: @Sendable ([UInt8]) -> Void
    private let lock = Mutex(())

    public init(write: @escaping @Sendable ([UInt8]) -> Void) { self.write = write }

    public static let standardOutput = LogSink(descriptor: 1)
    public static let standardError = LogSink(descriptor: 2)

    public convenience init(descriptor: Int32) {
        self.init { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = bytes.withUnsafeBytes { buffer in
                    Self.systemWrite(descriptor, buffer, from: offset)
                }
                if written > 0 { offset += written } else if errno != EINTR { return }
            }
        }
    }

    func accept(_ line: [UInt8]) {
        lock.withLock { _ in write(line) }
    }

    private static func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, from offset: Int) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        #if canImport(Glibc)
            return Glibc.write(descriptor, base + offset, buffer.count - offset)
        #else
            return Musl.write(descriptor, base + offset, buffer.count - offset)
        #endif
    }
}
