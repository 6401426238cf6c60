import BSON

/// An aggregation as a list of stages. It always starts inside the organization, and no stage of this vocabulary can
/// leave it: there is no `$out`, `$merge`, `$unionWith`, `$graphLookup` and no raw `$lookup`, and expressions are
/// searched for code.
public struct Pipeline: Sendable, Hashable, ExpressibleByArrayLiteral {
    public indirect enum Stage: Sendable, Hashable {
        case match(Filter)
        /// Accumulators by field: `.group(id: "$day", ["revenue": ["$sum": "$amount_minor"]])`.
        case group(id: BSONValue, [String: BSONDocument])
        case project(BSONDocument)
        case addFields(BSONDocument)
        case sort([Sort])
        case limit(Int)
        case skip(Int)
        /// Field without `$`; `keepEmpty` keeps documents where it is missing or empty.
        case unwind(String, keepEmpty: Bool = false)
        case lookup(TenantLookup)
        case facet([String: Pipeline])
        case count(String)
        case sample(Int)
        case replaceRoot(BSONValue)
        case sortByCount(BSONValue)
        case bucket(
            groupBy: BSONValue, boundaries: [BSONValue], defaultBucket: BSONValue?, output: [String: BSONDocument])
        case setWindowFields(partitionBy: BSONValue?, sortBy: [Sort], output: BSONDocument)
    }

    public var stages: [Stage]

    public init(_ stages: [Stage] = []) { self.stages = stages }

    public init(arrayLiteral elements: Stage...) { self.stages = elements }

    public mutating func append(_ stage: Stage) { stages.append(stage) }

    /// The stages for the server, with the organization's `$match` first.
    func documents(organizationID: String) throws(TenancyError) -> [BSONDocument] {
        var rest = stages[...]
        var first: BSONDocument = [Tenancy.organizationField: .string(organizationID)]
        if case .match(let filter) = rest.first {
            first.appendElements(of: try filter.document())
            rest = rest.dropFirst()
        }
        var documents: [BSONDocument] = [["$match": .document(first)]]
        for stage in rest { documents.append(try stage.document(organizationID: organizationID)) }
        return documents
    }
}

extension Pipeline.Stage {
    func document(organizationID: String) throws(TenancyError) -> BSONDocument {
        switch self {
        case .match(let filter): return ["$match": .document(try filter.document())]
        case .group(let id, let fields): return try group(id, fields)
        case .project(let fields): return try expression("$project", .document(fields))
        case .addFields(let fields): return try expression("$addFields", .document(fields))
        case .sort(let sorts): return ["$sort": .document(try Sort.document(sorts))]
        case .limit(let count): return ["$limit": .int64(Int64(count))]
        case .skip(let count): return ["$skip": .int64(Int64(count))]
        case .unwind(let field, let keepEmpty):
            try FieldName.check(field)
            return ["$unwind": ["path": .string("$" + field), "preserveNullAndEmptyArrays": .bool(keepEmpty)]]
        case .lookup(let lookup): return try lookup.document(organizationID: organizationID)
        case .facet(let pipelines): return try facet(pipelines, organizationID)
        case .count(let name):
            try FieldName.check(name)
            return ["$count": .string(name)]
        case .sample(let count): return ["$sample": ["size": .int64(Int64(count))]]
        case .replaceRoot(let root): return try expression("$replaceRoot", ["newRoot": root])
        case .sortByCount(let value): return try expression("$sortByCount", value)
        case .bucket(let value, let boundaries, let other, let output):
            return try bucket(value, boundaries, other, output)
        case .setWindowFields(let partition, let sorts, let output):
            var window = BSONDocument()
            if let partition { window.append("partitionBy", partition) }
            window.append("sortBy", .document(try Sort.document(sorts)))
            window.append("output", .document(output))
            return try expression("$setWindowFields", .document(window))
        }
    }

    private func expression(_ name: String, _ value: BSONValue) throws(TenancyError) -> BSONDocument {
        try ExpressionGuard.check(value)
        return [name: value]
    }

    private func group(_ id: BSONValue, _ fields: [String: BSONDocument]) throws(TenancyError) -> BSONDocument {
        var group: BSONDocument = ["_id": id]
        group.appendElements(of: try Self.sorted(fields))
        return try expression("$group", .document(group))
    }

    private func bucket(
        _ value: BSONValue, _ boundaries: [BSONValue], _ other: BSONValue?, _ output: [String: BSONDocument]
    ) throws(TenancyError) -> BSONDocument {
        var bucket: BSONDocument = ["groupBy": value, "boundaries": .array(boundaries)]
        if let other { bucket.append("default", other) }
        if !output.isEmpty { bucket.append("output", .document(try Self.sorted(output))) }
        return try expression("$bucket", .document(bucket))
    }

    private func facet(_ pipelines: [String: Pipeline], _ organizationID: String) throws(TenancyError) -> BSONDocument {
        var facets = BSONDocument()
        for (name, pipeline) in pipelines.sorted(by: { $0.key < $1.key }) {
            try FieldName.check(name)
            var stages: [BSONValue] = []
            for stage in pipeline.stages {
                stages.append(.document(try stage.document(organizationID: organizationID)))
            }
            facets.append(name, .array(stages))
        }
        return ["$facet": .document(facets)]
    }

    /// Fields in a fixed order, so that equal pipelines have equal bytes.
    private static func sorted(_ fields: [String: BSONDocument]) throws(TenancyError) -> BSONDocument {
        var document = BSONDocument()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            try FieldName.check(name)
            document.append(name, .document(value))
        }
        return document
    }
}
