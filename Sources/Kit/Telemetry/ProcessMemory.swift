import CMalloc

/// Keeps the process as small as what it holds. glibc gives every thread an arena of its own and keeps what is freed
/// there; a service with some forty threads then grows to several times its data.
public enum ProcessMemory {
    /// Shares a few arenas among all threads. Call before threads are started.
    ///
    /// Source: mallopt(3), `M_ARENA_MAX`.
    public static func shareArenas(_ count: Int32 = 2) {
        _ = mallopt(M_ARENA_MAX, count)
    }

    /// Gives what is free back to the system, after work that needed much. Takes some milliseconds.
    ///
    /// Source: malloc_trim(3).
    public static func giveBack() {
        _ = malloc_trim(0)
    }
}
