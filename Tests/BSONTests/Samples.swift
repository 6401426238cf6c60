import BSON

/// One value or more of every BSON type.
enum Samples {
    static let id = BSONObjectID()

    static let values: [BSONValue] = [
        .double(0), .double(-1.5e300), .double(.infinity), "", "plain", "naïve 漢字 🦊", "nul \0 inside",
        .document([:]), ["a": 1, "b": ["c": nil]], [], [1, "two", [3.0, nil]],
        .binary(BSONBinary(bytes: [])), .binary(BSONBinary(bytes: [1, 2, 3])),
        .binary(BSONBinary(subtype: 2, bytes: [9, 8])), .binary(BSONBinary(subtype: 4, bytes: Array(0..<16))),
        .undefined, .objectID(id), true, false, .date(0), .date(-1), .date(1_700_000_000_123), .null,
        .regex(pattern: "^a.*b$", options: "im"), .regex(pattern: "", options: ""), .dbPointer("db.c", id),
        .javascript("function() {}"), .symbol("sym"), .javascriptWithScope("x + 1", ["x": 1]),
        .int32(.min), .int32(.max), .timestamp(.max), .timestamp(1 << 32 | 7), .int64(.min), .int64(.max),
        .decimal128(Array(1...16)), .minKey, .maxKey,
    ]
}
