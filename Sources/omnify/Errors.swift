import App
import ArgumentParser
import Foundation

/// Reads the configuration, and turns whatever goes wrong into sentences on standard error and exit code 1.
func withConfiguration<R>(_ body: (AppConfig) async throws -> R) async throws -> R {
    try await withClearErrors { try await body(try AppConfig()) }
}

func withClearErrors<R>(_ body: () async throws -> R) async throws -> R {
    do {
        return try await body()
    } catch let error as ExitCode {
        throw error
    } catch {
        for line in ErrorSentence.of(error) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
        throw ExitCode(1)
    }
}
