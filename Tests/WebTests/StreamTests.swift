import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import Waiting

@testable import Web

@Suite struct ServerEventTests {
    private func frame(_ event: ServerEvent) -> String { String(buffer: event.frame) }

    @Test("events are framed line by line")
    func framing() {
        #expect(frame(ServerEvent(data: "a")) == "data: a\n\n")
        #expect(
            frame(ServerEvent(id: "7", event: "fragment", data: "<p>\n1\r\n2\r3</p>"))
                == "id: 7\nevent: fragment\ndata: <p>\ndata: 1\ndata: 2\ndata: 3</p>\n\n")
        #expect(frame(ServerEvent(data: "")) == "data: \n\n")
    }

    @Test("names cannot smuggle further fields")
    func injection() {
        #expect(
            frame(ServerEvent(id: "1\ndata: x", event: "a\r\nevent: b", data: "y"))
                == "id: 1data: x\nevent: aevent: b\ndata: y\n\n")
    }
}

@Suite struct EventHubTests {
    private func take(_ subscription: EventSubscription, _ count: Int) async -> [ServerEvent] {
        var events: [ServerEvent] = []
        for await event in subscription.events {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test("readers get their topics only, in order, with ids")
    func topics() async throws {
        let hub = EventHub(epoch: "e")
        let reader = try hub.subscribe(topics: ["a"], key: "ann")
        hub.publish("b", data: "no")
        hub.publish("a", event: "x", data: "1")
        hub.publish("a", data: "2")
        #expect(
            await take(reader, 2) == [ServerEvent(id: "e-2", event: "x", data: "1"), ServerEvent(id: "e-3", data: "2")])
    }

    @Test("who reconnects gets what was missed, or a reset if that is no longer known")
    func resume() async throws {
        let hub = EventHub(limits: .init(buffer: 64, history: 10), epoch: "e")
        for number in 1...5 { hub.publish("a", data: String(number)) }
        let resumed = try hub.subscribe(topics: ["a"], key: "k", lastEventID: "e-3")
        #expect(await take(resumed, 2).map(\.data) == ["4", "5"])
        for bad in ["other-3", "e-99", "rubbish", "e-"] {
            let reader = try hub.subscribe(topics: ["a"], key: bad, lastEventID: bad)
            #expect(await take(reader, 1) == [.reset])
        }
        for number in 6...100 { hub.publish("a", data: String(number)) }
        let late = try hub.subscribe(topics: ["a"], key: "late", lastEventID: "e-5")
        #expect(await take(late, 1) == [.reset])
    }

    @Test("a slow reader loses the oldest and is told to reload")
    func slow() async throws {
        let hub = EventHub(limits: .init(buffer: 4), epoch: "e")
        let reader = try hub.subscribe(topics: ["a"], key: "k")
        for number in 1...100 { hub.publish("a", data: String(number)) }
        let events = await take(reader, 4)
        #expect(events.contains(.reset))
    }

    @Test("places are limited per key and given back")
    func caps() throws {
        let hub = EventHub(limits: .init(perKey: 2, total: 3))
        let first = try hub.subscribe(topics: [], key: "a")
        _ = try hub.subscribe(topics: [], key: "a")
        #expect(throws: Problem.self) { try hub.subscribe(topics: [], key: "a") }
        _ = try hub.subscribe(topics: [], key: "b")
        #expect(throws: Problem.self) { try hub.subscribe(topics: [], key: "c") }
        hub.unsubscribe(first.id)
        hub.unsubscribe(first.id)
        _ = try hub.subscribe(topics: [], key: "a")
        #expect(hub.readerCount == 3)
        hub.close()
        #expect(hub.readerCount == 0)
        #expect(throws: Problem.self) { try hub.subscribe(topics: [], key: "d") }
    }
}

@Suite(.serialized) struct EventResponseTests {
    /// Runs a server on a socket and gives its port; stops it gracefully afterwards and says how long that took.
    private func live(
        _ pages: [PageRoute<BasicWebContext>], services: [any Service] = [],
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Duration {
        let site = Site()
        let registry = site.registry
        let router = WebStack.router(site.options, registry: registry)
        RouteTable("t", pages).mount(on: router, registry: registry) { _, _, _ in }
        var logger = Logger(label: "t")
        logger.logLevel = .critical
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let app = WebServer.application(router, WebServerConfiguration(port: 0), logger: logger) { port in
            continuation.yield(port)
        }
        let group = ServiceGroup(configuration: .init(services: services + [app], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(port)
            let start = ContinuousClock.now
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return start.duration(to: .now)
        }
    }

    private static let get = "GET /s HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("events arrive with the right headers, the stream ends with its closure")
    func ends() async throws {
        let stream = page("/s") { request, _ in
            .events(request) { sink in
                for number in 1...3 { try await sink.send(ServerEvent(event: "n", data: String(number))) }
            }
        }
        _ = try await live([stream]) { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            client.send(Self.get)
            let text = await client.read(until: "\r\n0\r\n")
            #expect(text.contains("text/event-stream") && text.lowercased().contains("x-accel-buffering: no"))
            #expect(text.contains("retry: 3000"))
            #expect(text.contains("event: n\ndata: 1\n\n") && text.contains("data: 3\n\n"))
            #expect(text.lowercased().contains("content-security-policy"))
        }
    }

    @Test("a stream that ends works without a connection to watch")
    func router() async throws {
        let stream = page("/s") { request, _ in
            .events(request) { sink in try await sink.send(ServerEvent(data: "once")) }
        }
        try await test(Site().app(pages: [stream])) { client in
            try await client.execute(uri: "/s", method: .get) { #expect($0.text.contains("data: once")) }
        }
    }

    @Test("idle streams get heartbeats")
    func heartbeat() async throws {
        let stream = page("/s") { request, _ in
            .events(request, heartbeat: .milliseconds(30)) { _ in try await Gate.neverOpens() }
        }
        _ = try await live([stream]) { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            client.send(Self.get)
            #expect(await client.read(until: ": \n\n").contains(": \n\n"))
        }
    }

    @Test("when the client goes, the producer is cancelled and its place is free again")
    func clientGone() async throws {
        let hub = EventHub()
        let wasCancelled = Mutex(false)
        let cancelled: @Sendable () -> Bool = { wasCancelled.withLock { $0 } }
        let pages = [
            page("/s") { request, _ in try .events(request, hub: hub, topics: ["a"], key: "k") },
            page("/p") { request, _ in
                .events(request) { _ in
                    defer { wasCancelled.withLock { $0 = true } }
                    try await Gate.neverOpens()
                }
            },
        ]
        _ = try await live(pages) { port in
            let client = try RawClient(port: port)
            client.send(Self.get)
            _ = await client.read(until: "retry")
            #expect(hub.readerCount == 1)
            hub.publish("a", data: "hello")
            #expect(await client.read(until: "hello").contains("data: hello"))
            let other = try RawClient(port: port)
            other.send("GET /p HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = await other.read(until: "retry")
            client.close()
            other.close()
            let isOver = await eventually { hub.readerCount == 0 && cancelled() }
            #expect(isOver)
        }
    }

    @Test("one reader holds only so many streams, and gets a place back when one ends")
    func gate() async throws {
        let gate = StreamGate(perKey: 1)
        let stream = page("/s") { request, context in
            context.notes.update { $0.userID = "ann" }
            return try .events(request, for: context, gate: gate) { _ in try await Gate.neverOpens() }
        }
        _ = try await live([stream]) { port in
            let first = try RawClient(port: port)
            first.send(Self.get)
            _ = await first.read(until: "retry")
            let second = try RawClient(port: port)
            second.send(Self.get)
            let refused = await second.read(until: "\r\n\r\n")
            #expect(refused.contains(" 429 "))
            second.close()
            first.close()
            let isFree = await eventually { gate.count("ann") == 0 }
            #expect(isFree)
        }
    }

    @Test("a failing check ends the stream")
    func check() async throws {
        let stream = page("/s") { request, _ in
            .events(request, recheck: .milliseconds(20), check: { false }) { _ in
                try await Gate.neverOpens()
            }
        }
        _ = try await live([stream]) { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            client.send(Self.get)
            #expect(await client.read(until: "\r\n0\r\n").contains("\r\n0\r\n"))
        }
    }

    @Test("open streams do not hold up a shutdown")
    func shutdown() async throws {
        let hub = EventHub()
        let pages = [
            page("/s") { request, _ in try .events(request, hub: hub, topics: ["a"], key: "k") },
            page("/p") { request, _ in .events(request) { _ in try await Gate.neverOpens() } },
        ]
        let clients = Mutex<[RawClient]>([])
        let elapsed = try await live(pages, services: [hub]) { port in
            for path in ["/s", "/p"] {
                let client = try RawClient(port: port)
                client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = await client.read(until: "retry")
                clients.withLock { $0.append(client) }
            }
        }
        #expect(elapsed < .seconds(2))
        for client in clients.withLock({ $0 }) {
            #expect(await client.read().contains("0\r\n"))
            client.close()
        }
    }

    @Test(
        "hostile requests get an answer or a closed connection, and the server lives on",
        arguments: [
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 500) + "\r\n",
            "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0\r\n\r\n", "GET /\u{ff} HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9e9\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n b\r\n\r\n",
        ])
    func hostile(_ request: String) async throws {
        _ = try await live([page("/") { _, _ in text("alive") }]) { port in
            let client = try RawClient(port: port)
            client.send(request)
            let answer = await client.read(until: "HTTP/1.1")
            client.close()
            #expect(!answer.contains("500"))
            let next = try RawClient(port: port)
            next.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let alive = await next.read(until: "alive")
            next.close()
            #expect(alive.contains("alive"))
        }
    }

    @Test("an upload that is cut off is told from a complete one")
    func cutOff() async throws {
        let outcome = Mutex("")
        let upload = page("/u", method: .post, body: .streaming) { request, _ in
            do {
                var count = 0
                for try await chunk in try UploadBody(request, limit: 1_000_000) { count += chunk.readableBytes }
                outcome.withLock { $0 = "complete \(count)" }
            } catch {
                outcome.withLock { $0 = (error as? Problem)?.code ?? "\(error)" }
                throw error
            }
            return .noContent
        }
        let seen: @Sendable () -> String = { outcome.withLock { $0 } }
        _ = try await live([upload]) { port in
            let client = try RawClient(port: port)
            client.send("POST /u HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
            client.close()
            let isOver = await eventually { !seen().isEmpty }
            #expect(isOver && seen() == "upload_cut_off")
            let whole = try RawClient(port: port)
            whole.send("POST /u HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nfour")
            #expect(await whole.read(until: "204").contains("204"))
            #expect(seen() == "complete 4")
            whole.close()
        }
    }
}
