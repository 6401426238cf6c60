import Foundation
import NIOCore

/// Writes JSON straight into bytes: no intermediate values, no Codable. A 50-row list takes microseconds.
///
/// Commas are placed by the writer; the caller keeps objects and arrays balanced through the closures.
/// Numbers that JSON cannot say (NaN, infinities) become `null`.
public struct JSONWriter: Sendable {
    private var sink: ByteSink
    private var needsComma = false

    public init(capacity: Int = 1024) {
        sink = ByteSink(capacity: capacity)
    }

    /// What has been written so far.
    public var bytes: [UInt8] { sink.bytes }

    /// The text written so far.
    public var text: String { sink.withBytes { String(decoding: $0, as: UTF8.self) } }

    /// What has been written so far, ready to be sent.
    public var buffer: ByteBuffer { sink.withBytes { ByteBuffer(bytes: $0) } }

    // MARK: Containers

    /// `{ … }` as the next value.
    public mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    /// `[ … ]` as the next value.
    public mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    /// An object under a name.
    public mutating func object<E: Error>(_ name: String, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        key(name)
        try object(body)
    }

    /// An array under a name.
    public mutating func array<E: Error>(_ name: String, _ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        key(name)
        try array(body)
    }

    /// An array under a name, one call per item.
    public mutating func array<Items: Sequence>(
        _ name: String, _ items: Items, _ body: (inout JSONWriter, Items.Element) -> Void
    ) {
        key(name)
        array { json in for item in items { body(&json, item) } }
    }

    /// An array of writable values under a name.
    public mutating func array<Items: Sequence>(_ name: String, _ items: Items) where Items.Element: JSONWritable {
        key(name)
        array { json in for item in items { item.write(to: &json) } }
    }

    // MARK: Fields

    /// The name of the next value.
    public mutating func key(_ name: String) {
        comma()
        JSONText.appendQuoted(name, to: &sink)
        sink.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func field(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    public mutating func field(_ name: String, _ number: Int) {
        key(name)
        value(number)
    }

    public mutating func field(_ name: String, _ number: Int64) {
        key(name)
        value(Int(number))
    }

    public mutating func field(_ name: String, _ number: Double) {
        key(name)
        value(number)
    }

    public mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// A moment as ISO 8601 in UTC with `Z`; milliseconds only where there are any.
    public mutating func field(_ name: String, _ date: Date) {
        key(name)
        value(date)
    }

    public mutating func field(_ name: String, _ item: some JSONWritable) {
        key(name)
        item.write(to: &self)
    }

    /// Optional fields are written as `null`, so that every row has the same keys.
    public mutating func field(_ name: String, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    public mutating func field(_ name: String, _ number: Int?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    public mutating func field(_ name: String, _ number: Int64?) { field(name, number.map(Int.init)) }

    public mutating func field(_ name: String, _ number: Double?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    public mutating func field(_ name: String, _ flag: Bool?) {
        key(name)
        if let flag { value(flag) } else { null() }
    }

    public mutating func field(_ name: String, _ date: Date?) {
        key(name)
        if let date { value(date) } else { null() }
    }

    public mutating func field(_ name: String, _ item: (some JSONWritable)?) {
        key(name)
        if let item { item.write(to: &self) } else { null() }
    }

    /// Money as the API says it: `{"amount_minor": 1250, "currency": "EUR"}`.
    public mutating func money(_ name: String, minor: Int64, currency: String) {
        key(name)
        object { json in
            json.field("amount_minor", minor)
            json.field("currency", currency)
        }
    }

    // MARK: Values

    public mutating func value(_ text: String) {
        comma()
        JSONText.appendQuoted(text, to: &sink)
        needsComma = true
    }

    public mutating func value(_ number: Int) {
        comma()
        sink.append(number)
        needsComma = true
    }

    public mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        comma()
        sink.append(raw: number.description)
        needsComma = true
    }

    public mutating func value(_ flag: Bool) { word(flag ? "true" : "false") }

    public mutating func value(_ date: Date) {
        comma()
        JSONText.appendQuoted(date, to: &sink)
        needsComma = true
    }

    public mutating func value(_ item: some JSONWritable) { item.write(to: &self) }

    public mutating func null() { word("null") }

    /// Text that is JSON already, for instance a stored answer. The caller vouches for it.
    public mutating func raw(_ json: String) {
        comma()
        sink.append(raw: json)
        needsComma = true
    }

    // MARK: Bytes

    private mutating func comma() {
        if needsComma { sink.append(UInt8(ascii: ",")) }
    }

    private mutating func word(_ text: StaticString) {
        comma()
        sink.append(text)
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        comma()
        sink.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        sink.append(byte)
        needsComma = true
    }
}

/// A value that can write itself as one JSON value.
public protocol JSONWritable: Sendable {
    func write(to json: inout JSONWriter)
}

extension JSONWritable {
    /// The value alone as JSON bytes.
    public var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// The value alone, ready to be sent.
    /// - Parameter capacity: bytes it will take, about
    public func jsonBuffer(capacity: Int = 4096) -> ByteBuffer {
        var writer = JSONWriter(capacity: capacity)
        write(to: &writer)
        return writer.buffer
    }
}
