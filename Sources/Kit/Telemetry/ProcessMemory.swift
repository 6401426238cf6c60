import CMalloc

/// Keeps the process as small as what it holds. glibc gives every thread an arena of its own and keeps what is freed
/// there; a service with some forty threads then grows to several times its data.
public enum ProcessMemory {
    /// Shares a few arenas among all threads, and keeps large blocks out of them: those go back to the system as soon as
    /// they are freed. Left alone, glibc raises the size that counts as large up to 32 MiB, and holes of that size stay.
    /// Call before threads are started.
    ///
    /// Source: mallopt(3), `M_ARENA_MAX` and `M_MMAP_THRESHOLD`.
    public static func keepSmall(arenas: Int32 = 2, largeBlock: Int32 = 128 * 1024) {
        _ = mallopt(M_ARENA_MAX, arenas)
        _ = mallopt(M_MMAP_THRESHOLD, largeBlock)
    }

    /// Gives what is free back to the system, after work that needed much. Takes some milliseconds.
    ///
    /// Source: malloc_trim(3).
    public static func giveBack() {
        _ = malloc_trim(0)
    }
}
