#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the operating system knows about this process, read from `/proc`; nil where there is none.
public enum ProcessMetrics {
    /// Resident memory in bytes.
    public static func residentBytes() -> Double? {
        let fields = text("/proc/self/statm")?.split(separator: " ")
        guard let fields, fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// User and system time used, in seconds.
    public static func cpuSeconds() -> Double? {
        guard let fields = statFields(), fields.count > 12, let user = Double(fields[11]),
            let system = Double(fields[12])
        else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    public static func openFileDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = -3.0  // `.`, `..` and the directory's own descriptor
        while readdir(directory) != nil { count += 1 }
        return max(0, count)
    }

    public static func threads() -> Double? {
        guard let fields = statFields(), fields.count > 17 else { return nil }
        return Double(fields[17])
    }

    /// The limit on open file descriptors.
    public static func maxFileDescriptors() -> Double? {
        guard let limits = text("/proc/self/limits") else { return nil }
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        return line?.split(separator: " ").dropFirst(3).first.flatMap { Double($0) }
    }

    /// Exposes the above, start time, uptime and the build in a registry.
    public static func register(in registry: MetricsRegistry = .shared, version: String) {
        let start = wallSeconds()
        registry.gauge("process_resident_memory_bytes", help: "Resident memory size in bytes.") { residentBytes() }
        registry.counter("process_cpu_seconds_total", help: "User and system CPU time spent in seconds.") {
            cpuSeconds()
        }
        registry.gauge("process_open_fds", help: "Number of open file descriptors.") { openFileDescriptors() }
        registry.gauge("process_max_fds", help: "Maximum number of open file descriptors.") { maxFileDescriptors() }
        registry.gauge("process_threads", help: "Number of threads.") { threads() }
        registry.gauge("process_start_time_seconds", help: "Start time since the epoch in seconds.") { start }
        registry.gauge("process_uptime_seconds", help: "Seconds since the process started.") { wallSeconds() - start }
        registry.gauge("build_info", help: "Constant 1, labelled with the build.", labels: ["version": version]) { 1 }
    }

    /// The fields of `/proc/self/stat` behind the command's name, which may hold blanks; the first is the state.
    private static func statFields() -> [Substring]? {
        guard let stat = text("/proc/self/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: close)...].split(separator: " ")
    }

    private static func wallSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
}
