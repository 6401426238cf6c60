import CXGBoost

/// XGBoost's copy of a matrix, freed with this value.
struct XGBoostData: ~Copyable {
    fileprivate let handle: DMatrixHandle
    fileprivate let rows: Int

    private init(handle: DMatrixHandle, rows: Int) {
        self.handle = handle
        self.rows = rows
    }

    static func make(_ rows: LabelledRows) throws(BoostingError) -> XGBoostData {
        let values = rows.x.values.map(treeValue)
        var made: DMatrixHandle?
        try check(
            XGDMatrixCreateFromMat_omp(
                values, bst_ulong(rows.x.rows), bst_ulong(rows.x.columns), .nan, &made, 1))
        guard let made else { throw .library("no matrix") }
        let data = XGBoostData(handle: made, rows: rows.x.rows)
        let labels = rows.y.map { $0 ? Float(1) : 0 }
        try check(XGDMatrixSetFloatInfo(data.handle, "label", labels, bst_ulong(labels.count)))
        return data
    }

    deinit { XGDMatrixFree(handle) }
}

/// XGBoost's booster, freed with this value. It never leaves the call that made it, so it needs no lock.
struct XGBooster: ~Copyable {
    private let handle: BoosterHandle

    private init(handle: BoosterHandle) { self.handle = handle }

    static func make(
        _ data: borrowing XGBoostData, settings: [(name: String, value: String)]
    ) throws(BoostingError) -> XGBooster {
        var made: BoosterHandle?
        var matrices: [DMatrixHandle?] = [data.handle]
        try check(XGBoosterCreate(&matrices, 1, &made))
        guard let made else { throw .library("no booster") }
        let booster = XGBooster(handle: made)
        for setting in settings { try check(XGBoosterSetParam(booster.handle, setting.name, setting.value)) }
        return booster
    }

    deinit { XGBoosterFree(handle) }

    borrowing func grow(_ round: Int, _ data: borrowing XGBoostData) throws(BoostingError) {
        try check(XGBoosterUpdateOneIter(handle, Int32(round), data.handle))
    }

    /// Log-odds of all rounds so far; XGBoost adds only the newest to what it remembers of these rows.
    borrowing func margins(_ data: borrowing XGBoostData) throws(BoostingError) -> [Double] {
        let wanted = #"{"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}"#
        var shape: UnsafePointer<bst_ulong>?
        var dimensions: bst_ulong = 0
        var values: UnsafePointer<Float>?
        try check(XGBoosterPredictFromDMatrix(handle, data.handle, wanted, &shape, &dimensions, &values))
        guard let values else { throw .library("no prediction") }
        return (0..<data.rows).map { Double(values[$0]) }
    }

    /// The whole model as XGBoost writes it.
    borrowing func json() throws(BoostingError) -> [UInt8] {
        var length: bst_ulong = 0
        var bytes: UnsafePointer<CChar>?
        try check(XGBoosterSaveModelToBuffer(handle, #"{"format":"json"}"#, &length, &bytes))
        guard let bytes else { throw .library("no model") }
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(length)))
    }
}

private func check(_ status: Int32) throws(BoostingError) {
    guard status != 0 else { return }
    throw .library(XGBGetLastError().map { String(cString: $0) } ?? "unknown")
}
