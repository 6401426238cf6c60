/// Writes a Codable type that is one value, such as an enum with a raw value.
struct BSONSingleEncoding: SingleValueEncodingContainer {
    let encoding: BSONEncoding

    var codingPath: [any CodingKey] { encoding.codingPath }

    func encodeNil() { encoding.node = .leaf(.null) }
    func encode(_ value: Bool) { encoding.node = .leaf(.bool(value)) }
    func encode(_ value: String) { encoding.node = .leaf(.string(value)) }
    func encode(_ value: Double) { encoding.node = .leaf(.double(value)) }
    func encode(_ value: Float) { encoding.node = .leaf(.double(Double(value))) }
    func encode(_ value: Int) { encoding.node = .leaf(.int64(Int64(value))) }
    func encode(_ value: Int8) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: Int16) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: Int32) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: Int64) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: UInt) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: UInt8) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: UInt16) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: UInt32) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode(_ value: UInt64) throws { encoding.node = try BSONEncoding.integer(value, path: codingPath) }
    func encode<T: Encodable>(_ value: T) throws { encoding.node = try BSONEncoding.node(value, path: codingPath) }
}
