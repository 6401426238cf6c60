import Connectors
import Foundation
import VendorServers
import Waiting
import Web

/// How a fault is brought about at a vendor, and what the worker that meets it has to see otherwise.
struct Disturbance: Sendable {
    var faults: [Fault] = []
    /// Settings of the worker meanwhile.
    var settings: [String: String] = [:]
    /// Opened when the fault is over.
    var gate: Gate?

    private static let always = 1_000_000

    /// - Parameter calls: good calls before it begins
    init(_ fault: LabFault, _ bench: LabBench, after calls: Int) {
        func once(_ kind: Fault.Kind, times: Int = 1) { faults.append(Fault(kind, after: calls, times: times)) }
        func from(_ kind: Fault.Kind) { once(kind, times: Self.always) }
        switch fault {
        case .limitTold: once(.tooMany(retryAfter: 7))
        case .limitUntold: once(.tooMany(retryAfter: nil), times: 2)
        case .limitLong: from(.tooMany(retryAfter: 900))
        case .tokenExpired: once(.expire)
        case .accessRevoked: once(.revoke)
        case .serverErrors:
            once(.error(500))
            once(.error(503))
        case .vendorDown: from(.error(503))
        case .slow: hold { gate in .hook { try? await gate.pass() } }
        case .slowBody: hold { .stall($0) }
        case .cutBody: once(.cut, times: 2)
        case .cutAlways: from(.cut)
        case .noAddress: settings = Self.addresses(bench, "http://vendor.invalid")
        case .noTLS: settings = Self.addresses(bench, bench.host.base.replacing("http:", with: "https:"))
        case .errorInside200: from(.reply(bench.host.server.quietFailure()))
        case .pageInside200: from(.reply(Self.page))
        case .fieldRenamed:
            // From the first list on: the later ones need not have the field.
            let name = Self.field(of: bench.connector)
            faults.append(Fault(.replacing("\"\(name)\"", with: "\"renamed_field\""), times: Self.always))
        case .pagesReordered: from(.rewrite(Lists(bench.connector).reordered))
        case .pagesDoubled: from(.rewrite(Lists(bench.connector).doubled))
        case .refreshDown:
            once(.expire)
            faults.append(Fault(.error(503), on: bench.tokenPath, times: Self.always))
        case .refreshRaced, .changesMeanwhile, .clockAhead, .clockBehind, .workerKilled, .workerFrozen, .rebuilt,
            .webhookStorm:
            break
        }
    }

    private mutating func hold(_ kind: (Gate) -> Fault.Kind) {
        let gate = Gate()
        self.gate = gate
        faults.append(Fault(kind(gate), times: Self.always))
        settings = ["call_timeout": "0.2"]
    }

    /// All addresses of the platform on another host.
    private static func addresses(_ bench: LabBench, _ host: String) -> [String: String] {
        let settings = bench.connector.defaults.merging(bench.host.settings)
        let store = bench.host.server.fields["store_url"] ?? bench.host.base
        return Dictionary(
            uniqueKeysWithValues: settings.addresses.map { name, address in
                (name + "_url", address.replacing("{store_url}", with: store).replacing(bench.host.base, with: host))
            })
    }

    /// A field that every record of the first list must have.
    private static func field(of connector: any Connector) -> String {
        let path = connector.streams.lazy.compactMap(\.required.last).first ?? "id"
        return path.split(separator: ".").last.map(String.init) ?? path
    }

    private static let page = VendorReply(
        200, headers: [("Content-Type", "text/html")],
        body: Array("<!doctype html><title>Maintenance</title><p>We will be back soon.</p>".utf8))
}

/// The lists of records inside a platform's replies, for faults that change them.
struct Lists: Sendable {
    private struct List: Sendable {
        let path: [String]
        /// The vendor or we count its records to find the next page.
        let isCounted: Bool
    }

    private let lists: [List]

    init(_ connector: any Connector) {
        var counted: [String: Bool] = [:]
        for stream in connector.streams {
            let isCounted =
                switch stream.pager {
                case .page, .offset: true;
                default: false
                }
            counted[stream.records] = counted[stream.records] == true || isCounted
        }
        lists = counted.map { List(path: $0.key.split(separator: ".").map(String.init), isCounted: $0.value) }
    }

    /// The other way round, but for the last one: some lists go on behind it.
    var reordered: @Sendable (VendorReply) -> VendorReply {
        { change($0) { records, _ in Array(records.dropLast().reversed()) + records.suffix(1) } }
    }

    /// Every record but the last twice. Where records are counted the vendor's count would be wrong, so they stay.
    var doubled: @Sendable (VendorReply) -> VendorReply {
        { change($0) { records, isCounted in isCounted ? records : records.dropLast() + records } }
    }

    private func change(
        _ reply: VendorReply, _ body: ([JSONValue], _ isCounted: Bool) -> [JSONValue]
    ) -> VendorReply {
        guard reply.status == 200,
            var json = try? JSONParser.parse(reply.body, maximumDepth: 100, allowsDatabaseNames: true)
        else { return reply }
        for list in lists { json = Self.changed(json, list.path[...]) { body($0, list.isCounted) } }
        var changed = reply
        changed.body = json.bytes
        return changed
    }

    private static func changed(
        _ json: JSONValue, _ path: ArraySlice<String>, _ body: ([JSONValue]) -> [JSONValue]
    ) -> JSONValue {
        switch json {
        case .array(let records) where path.isEmpty && records.count > 1 && records.allSatisfy(\.isRecord):
            return .array(body(records))
        case .object(let members):
            guard let name = path.first else { return json }
            return .object(
                members.map {
                    $0.name == name ? .init($0.name, changed($0.value, path.dropFirst(), body)) : $0
                })
        default: return json
        }
    }
}

extension JSONValue {
    fileprivate var isRecord: Bool { if case .object = self { true } else { false } }
}
