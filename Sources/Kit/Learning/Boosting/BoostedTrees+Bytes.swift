extension BoostedTrees {
    /// The model in a compact form that `init(bytes:)` reads back exactly: a mark with its version, then little-endian
    /// numbers.
    public var bytes: [UInt8] {
        var writer = ModelWriter()
        writer.append(BoostedTrees.mark)
        writer.append(UInt32(truncatingIfNeeded: featureCount))
        writer.append(base.bitPattern)
        writer.append(UInt32(truncatingIfNeeded: trees.count))
        for tree in trees {
            writer.append(UInt32(truncatingIfNeeded: tree.nodes.count))
            for node in tree.nodes { writer.append(node) }
        }
        return writer.bytes
    }

    /// - Throws: `BoostingError.malformedModel` for anything that `bytes` did not write.
    public init(bytes: [UInt8]) throws(BoostingError) {
        var reader = ModelReader(bytes: bytes)
        guard try reader.number(UInt32.self) == BoostedTrees.mark else { throw .malformedModel }
        let columns = Int(try reader.number(UInt32.self))
        let base = Double(bitPattern: try reader.number(UInt64.self))
        let count = try reader.count(of: 4 + ModelReader.nodeSize)
        var trees: [RegressionTree] = []
        for _ in 0..<count {
            var nodes: [RegressionTree.Node] = []
            for _ in 0..<(try reader.count(of: ModelReader.nodeSize)) { nodes.append(try reader.node()) }
            trees.append(try RegressionTree(nodes: nodes))
        }
        guard reader.isAtEnd else { throw .malformedModel }
        try self.init(featureCount: columns, base: base, trees: trees)
    }

    /// "OBT" and version 1.
    private static let mark: UInt32 = 0x0154_424F
}

private struct ModelWriter {
    var bytes: [UInt8] = []

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ node: RegressionTree.Node) {
        append(Int32(truncatingIfNeeded: node.feature))
        append(node.threshold.bitPattern)
        append(UInt32(truncatingIfNeeded: node.left))
        append(UInt32(truncatingIfNeeded: node.right))
        append(node.value.bitPattern)
        append(node.cover.bitPattern)
    }
}

private struct ModelReader {
    static let nodeSize = 32
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(BoostingError) -> Number {
        let size = MemoryLayout<Number>.size
        guard bytes.count - position >= size else { throw .malformedModel }
        let number = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Number.self) }
        position += size
        return Number(littleEndian: number)
    }

    /// A count of things of at least `size` bytes each, so that a wrong one cannot ask for more than is there.
    mutating func count(of size: Int) throws(BoostingError) -> Int {
        let count = Int(try number(UInt32.self))
        guard count <= (bytes.count - position) / size else { throw .malformedModel }
        return count
    }

    mutating func node() throws(BoostingError) -> RegressionTree.Node {
        RegressionTree.Node(
            feature: Int(try number(Int32.self)), threshold: Float(bitPattern: try number(UInt32.self)),
            left: Int(try number(UInt32.self)), right: Int(try number(UInt32.self)),
            value: Double(bitPattern: try number(UInt64.self)), cover: Double(bitPattern: try number(UInt64.self)))
    }
}
