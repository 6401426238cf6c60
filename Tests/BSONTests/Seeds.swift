import BSON

/// Valid documents to start damage from.
enum Seeds {
    static let everything = BSONDocument(Samples.values.enumerated().map { ("k\($0.offset)", $0.element) })

    static let all: [BSONDocument] =
        [everything, [:], ["a": 1], ["a": ["b": ["c": [1, [2, [3]]]]]]]
        + ((try? [CodableTests.ann.bson()]) ?? [])
        + Samples.values.map { ["a": $0] }
}
