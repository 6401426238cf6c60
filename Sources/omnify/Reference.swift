import App
import ArgumentParser

struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi", abstract: "Prints the OpenAPI 3.1 document.")

    func run() throws {
        print(try ReferenceText.openAPI())
    }
}

struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists every route with the permission it needs.")

    func run() throws {
        print(try ReferenceText.routes())
    }
}

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Settings.", subcommands: [Print.self])

    struct Print: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints every setting with its value; secrets masked.")

        func run() {
            print(ReferenceText.settings())
        }
    }
}
