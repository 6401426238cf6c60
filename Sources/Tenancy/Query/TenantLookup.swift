import BSON

/// A join with another collection of the same organization. The organization is carried into the joined collection by
/// ``Pipeline``; a collection that tenants do not own cannot be joined.
public struct TenantLookup: Sendable, Hashable {
    public let spec: CollectionSpec
    public let localField: String
    public let foreignField: String
    public let name: String
    public let pipeline: Pipeline

    /// - Parameters:
    ///   - spec: the collection to join.
    ///   - name: the array field the joined documents are put in.
    ///   - pipeline: stages applied to the joined documents.
    public init(
        from spec: CollectionSpec, localField: String, foreignField: String, as name: String, pipeline: Pipeline = []
    ) {
        self.spec = spec
        self.localField = localField
        self.foreignField = foreignField
        self.name = name
        self.pipeline = pipeline
    }

    func document(organizationID: String) throws(TenancyError) -> BSONDocument {
        guard spec.tenantOwned else { throw .refused("\(spec.name) is not owned by organizations") }
        try FieldName.check(localField)
        try FieldName.check(foreignField)
        try FieldName.check(name)
        let stages = try pipeline.documents(organizationID: organizationID)
        return [
            "$lookup": [
                "from": .string(spec.name), "localField": .string(localField), "foreignField": .string(foreignField),
                "pipeline": .array(stages.map { .document($0) }), "as": .string(name),
            ]
        ]
    }
}
