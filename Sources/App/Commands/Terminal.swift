import Foundation

/// Words for the person who started the program, written at once even where output goes into a pipe.
enum Terminal {
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
