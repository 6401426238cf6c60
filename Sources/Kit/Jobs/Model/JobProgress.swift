import Foundation

/// How far a job is, for a page to show.
public struct JobProgress: Sendable, Codable, Hashable {
    public internal(set) var stage: String
    /// The stage's place in ``stages``; 0 before the first.
    public internal(set) var stageIndex: Int
    public let stages: [String]
    public internal(set) var rowsDone: Int
    /// `nil` when nobody knows how many there will be.
    public internal(set) var rowsExpected: Int?
    public internal(set) var message: String?
    public internal(set) var updatedAt: Date

    public init(
        stage: String = "", stageIndex: Int = 0, stages: [String] = [], rowsDone: Int = 0, rowsExpected: Int? = nil,
        message: String? = nil, updatedAt: Date
    ) {
        self.stage = stage
        self.stageIndex = stageIndex
        self.stages = stages
        self.rowsDone = rowsDone
        self.rowsExpected = rowsExpected
        self.message = message
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case stage, stages, message
        case stageIndex = "stage_index"
        case rowsDone = "rows_done"
        case rowsExpected = "rows_expected"
        case updatedAt = "updated_at"
    }
}
