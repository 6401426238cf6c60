import Foundation
import Hummingbird
import Logging
import NIOCore

/// A platform's side of the wire without limits: pages of people, orders and events, made while they are sent.
struct BenchServer {
    static let pageSize = 1000

    let customers: Int
    let orders: Int
    let events: Int

    func run(port: Int) async throws {
        let router = Router()
        router.get("account") { request, _ in
            let id = request.uri.queryParameters["id"].map(String.init) ?? "1"
            return Self.json(#"{"id":"\#(id)","name":"Account \#(id)"}"#)
        }
        for (name, count) in [("customers", customers), ("orders", orders), ("events", events)] {
            router.get(RouterPath(name)) { request, _ in
                let query = request.uri.queryParameters
                let isWhole = query["since"] == nil
                let start = query["after"].flatMap { Int($0) } ?? 0
                return Self.page(name, from: start, of: isWhole ? count : 0, customers: max(1, customers))
            }
        }
        var logger = Logger(label: "bench-server")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                FileHandle.standardOutput.write(Data("port \(channel.localAddress?.port ?? 0)\n".utf8))
            }, logger: logger)
        try await application.runService()
    }

    private static func page(_ name: String, from start: Int, of count: Int, customers: Int) -> Response {
        let end = min(count, start + pageSize)
        var text = #"{"rows":["#
        for number in start..<max(start, end) {
            if number > start { text += "," }
            switch name {
            case "customers": text += customer(number)
            case "orders": text += order(number, customers)
            default: text += event(number, customers)
            }
        }
        text += end < count ? #"],"next":"\#(end)"}"# : "]}"
        return json(text)
    }

    private static func customer(_ number: Int) -> String {
        """
        {"id":"c\(number)","email":"first.last.\(number)@mail.example","first":"First","last":"Last \(number)",\
        "country":"ES","phone":"+346\(10_000_000 + number)","updated":\(1_700_000_000 + number)}
        """
    }

    private static func order(_ number: Int, _ customers: Int) -> String {
        """
        {"id":"o\(number)","customer":"c\(number % customers)","number":"#\(number)","total":\(number * 37 % 20_000),\
        "tax":\(number % 400),"source":"web","campaign":"spring","placed":\(1_700_000_000 + number * 60),\
        "updated":\(1_700_000_000 + number * 60)}
        """
    }

    private static func event(_ number: Int, _ customers: Int) -> String {
        """
        {"id":"e\(number)","customer":"c\(number * 7 % customers)","type":"email_open","channel":"email",\
        "content":"m\(number % 97)","at":\(1_700_000_000 + number * 10)}
        """
    }

    private static func json(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
