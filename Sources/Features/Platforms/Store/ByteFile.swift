import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file opened for reading from the start to the end, in chunks; closed when it goes.
struct ByteFile: ~Copyable, Sendable {
    private let descriptor: Int32

    init(reading path: String) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno) }
    }

    /// The next bytes; empty at the end.
    func read(upTo count: Int) throws -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var result: Int
            repeat { result = systemRead(descriptor, buffer.baseAddress, count) } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            filled = max(0, result)
        }
        guard failure == 0 else { throw FileError(failure) }
        return bytes
    }

    deinit { close(descriptor) }
}

private func systemRead(_ descriptor: Int32, _ pointer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, pointer, count)
}

/// What the operating system said about a file.
public struct FileError: Error, Sendable, Equatable {
    public let code: Int32

    init(_ code: Int32) { self.code = code }

    public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
    public var isMissing: Bool { code == ENOENT }

    public var message: String { String(cString: strerror(code)) }
}

/// A folder to put files in.
enum Folder {
    /// Makes it with those above it; does nothing where it is there already.
    static func make(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        guard errno == ENOENT, !parent.isEmpty else { throw FileError(errno) }
        try make(path.hasPrefix("/") ? "/" + parent : parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError(errno) }
    }
}

/// A file being written under a temporary name; it gets its own name only when it is complete and on the disk.
///
/// Whoever lets one go without finishing leaves nothing behind.
struct PartialFile: ~Copyable, Sendable {
    private let descriptor: Int32
    private let temporary: String
    private let path: String

    init(writing path: String) throws {
        self.path = path
        temporary = path + ".part"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(errno) }
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let result = systemWrite(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                if result < 0 {
                    if errno == EINTR { continue }
                    throw FileError(errno)
                }
                offset += result
            }
        }
    }

    /// Waits until the bytes are on the disk, then gives the file its name.
    func finish() throws {
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw FileError(errno) }
    }

    /// Takes the name away at once; without it that happens when the last thread lets go of the value.
    func discard() { unlink(temporary) }

    deinit {
        close(descriptor)
        unlink(temporary)
    }
}

private func systemWrite(_ descriptor: Int32, _ pointer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, pointer, count)
}
