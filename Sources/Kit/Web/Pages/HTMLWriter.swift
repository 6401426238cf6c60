/// Builds markup fast and safely: everything that comes from outside goes through `text` or an attribute value and
/// is escaped; markup is only what the program itself says.
public struct HTMLWriter: Sendable {
    private var sink: ByteSink

    public init(capacity: Int = 1024) {
        sink = ByteSink(capacity: capacity)
        sink.append(raw: SafeHTML.mark)
    }

    /// Markup from the program's own text. A `StaticString` cannot hold anything from outside.
    public mutating func raw(_ markup: StaticString) {
        sink.append(markup)
    }

    /// Markup that is safe already.
    public mutating func html(_ markup: SafeHTML) {
        markup.append(to: &sink)
    }

    /// Text, escaped.
    public mutating func text(_ text: String) { HTMLEscape.append(text, to: &sink) }

    /// A whole number.
    public mutating func number(_ number: Int) { sink.append(number) }

    /// A decimal with at most `digits` places and no trailing zeros, for coordinates.
    public mutating func number(_ number: Double, digits: Int = 2) {
        HTMLWriter.append(number, digits: digits, to: &sink)
    }

    /// ` name="value"`, escaped.
    public mutating func attribute(_ name: StaticString, _ value: String) {
        sink.append(UInt8(ascii: " "))
        raw(name)
        raw("=\"")
        text(value)
        sink.append(UInt8(ascii: "\""))
    }

    /// ` name="value"` only if there is one.
    public mutating func attribute(_ name: StaticString, _ value: String?) {
        if let value { attribute(name, value) }
    }

    /// ` name="1.5"`.
    public mutating func attribute(_ name: StaticString, _ value: Double, digits: Int = 2) {
        sink.append(UInt8(ascii: " "))
        raw(name)
        raw("=\"")
        number(value, digits: digits)
        sink.append(UInt8(ascii: "\""))
    }

    /// ` name` or nothing.
    public mutating func attribute(_ name: StaticString, if condition: Bool) {
        guard condition else { return }
        sink.append(UInt8(ascii: " "))
        raw(name)
    }

    /// `<tag attributes>…</tag>`.
    public mutating func element(
        _ tag: StaticString, _ attributes: (inout HTMLWriter) -> Void = { _ in },
        content: (inout HTMLWriter) -> Void
    ) {
        sink.append(UInt8(ascii: "<"))
        raw(tag)
        attributes(&self)
        sink.append(UInt8(ascii: ">"))
        content(&self)
        raw("</")
        raw(tag)
        sink.append(UInt8(ascii: ">"))
    }

    /// `<tag class="…">text</tag>`.
    public mutating func element(_ tag: StaticString, class name: String? = nil, text: String) {
        element(tag) {
            $0.attribute("class", name)
        } content: {
            $0.text(text)
        }
    }

    /// `<a href="…">text</a>`. Only http(s), mail and paths of ours become links; anything else is text.
    public mutating func link(_ address: String, text: String, class name: String? = nil) {
        guard HTMLWriter.isSafe(link: address) else { return self.text(text) }
        element("a") { html in
            html.attribute("href", address)
            html.attribute("class", name)
        } content: {
            $0.text(text)
        }
    }

    /// What was built.
    public func finish() -> SafeHTML { SafeHTML(marked: sink.withBytes { String(decoding: $0, as: UTF8.self) }) }

    /// Builds markup in one expression.
    public static func build(capacity: Int = 1024, _ body: (inout HTMLWriter) -> Void) -> SafeHTML {
        var writer = HTMLWriter(capacity: capacity)
        body(&writer)
        return writer.finish()
    }

    /// True for addresses that cannot run a script: paths, fragments, queries, `https:`, `http:`, `mailto:`.
    public static func isSafe(link address: String) -> Bool {
        guard let first = address.utf8.first else { return false }
        if first == UInt8(ascii: "/") || first == UInt8(ascii: "#") || first == UInt8(ascii: "?") { return true }
        return ["https://", "http://", "mailto:"].contains { address.lowercased().hasPrefix($0) }
    }

    private static func append(_ number: Double, digits: Int, to sink: inout ByteSink) {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (number * scale).rounded()
        guard scaled.isFinite, abs(scaled) < 1e15 else { return sink.append(UInt8(ascii: "0")) }
        if scaled < 0 { sink.append(UInt8(ascii: "-")) }
        let magnitude = Int(abs(scaled))
        sink.append(magnitude / Int(scale))
        var fraction = magnitude % Int(scale)
        var places = digits
        guard fraction > 0 else { return }
        while fraction % 10 == 0 {
            fraction /= 10
            places -= 1
        }
        sink.append(UInt8(ascii: "."))
        sink.write(maximum: places) { pointer in
            DecimalText.write(fraction, width: places, to: pointer)
            return places
        }
    }
}
