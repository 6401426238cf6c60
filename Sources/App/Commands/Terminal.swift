import Foundation

/// Words for the person who started the program, written at once even where output goes into a pipe.
enum Terminal {
    /// Where nobody listens any more, as behind `head`, nothing is said.
    static func say(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}
