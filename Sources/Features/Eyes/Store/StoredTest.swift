import BSON
import Tenancy

/// The test rows behind a model card, so that its figures can be recounted: probabilities and outcomes, nobody's name.
struct StoredTest: TenantDocument, Sendable, Equatable {
    let id: String
    let runID: String
    let horizon: Horizon
    let probabilities: [Double]
    let labels: [Bool]

    static let spec = CollectionSpec(
        "eyes_model_tests", indexes: [IndexSpec("run", [("run_id", 1)])],
        validator: .schema(required: ["run_id", "horizon"], properties: ["run_id": ["bsonType": "string"]]))

    init(_ test: TestPredictions, runID: String) {
        id = EyesPipeline.modelVersion(runID: runID, horizon: test.horizon)
        self.runID = runID
        horizon = test.horizon
        probabilities = test.probabilities
        labels = test.labels
    }

    func bson() -> BSONDocument {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(probabilities.count * 8)
        for probability in probabilities {
            let bits = probability.bitPattern
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        var writer = BSONWriter(capacity: bytes.count + labels.count + 200)
        writer.append("_id", id)
        writer.append("run_id", runID)
        writer.append("horizon", Int32(horizon.rawValue))
        writer.append("probabilities", bytes)
        writer.append("labels", labels.map { $0 ? UInt8(1) : 0 })
        return writer.finish()
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        runID = try bson.string("run_id")
        guard let horizon = Horizon(rawValue: try bson.int("horizon")) else { throw EyesError.damagedRow(id) }
        self.horizon = horizon
        let bytes = bson["probabilities"]?.binaryValue?.bytes ?? []
        probabilities = stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            var bits: UInt64 = 0
            for place in 0..<8 { bits |= UInt64(bytes[start + place]) << UInt64(8 * place) }
            return Double(bitPattern: bits)
        }
        labels = (bson["labels"]?.binaryValue?.bytes ?? []).map { $0 == 1 }
    }
}
