import BSON

/// The text of commands. Field order is the server's: the command's name first.
enum Commands {
    static func find(
        _ collection: String, _ filter: BSONDocument, _ options: FindOptions, batchSize: Int?, timeout: Duration
    ) -> BSONDocument {
        var writer = BSONWriter(capacity: filter.bytes.count + 160)
        writer.append("find", collection)
        writer.append("filter", filter)
        writer.appendIfPresent("sort", options.sort)
        writer.appendIfPresent("projection", options.projection)
        writer.appendIfPresent("skip", options.skip)
        writer.appendIfPresent("limit", options.limit)
        writer.appendIfPresent("batchSize", batchSize)
        writer.appendIfPresent("hint", options.hint)
        writer.appendIfPresent("collation", options.collation)
        writer.appendIfPresent("comment", options.comment)
        writer.append("maxTimeMS", (options.timeout ?? timeout).milliseconds)
        return writer.finish()
    }

    static func aggregate(
        _ collection: BSONValue, _ pipeline: [BSONDocument], _ options: AggregateOptions, batchSize: Int?,
        timeout: Duration
    ) -> BSONDocument {
        var writer = BSONWriter(capacity: 512)
        writer.append("aggregate", collection)
        writer.array("pipeline") { stages in
            for stage in pipeline { stages.append(stage) }
        }
        writer.document("cursor") { $0.appendIfPresent("batchSize", batchSize) }
        if options.allowDiskUse { writer.append("allowDiskUse", true) }
        writer.appendIfPresent("hint", options.hint)
        writer.appendIfPresent("collation", options.collation)
        writer.appendIfPresent("let", options.variables)
        writer.appendIfPresent("comment", options.comment)
        writer.append("maxTimeMS", (options.timeout ?? timeout).milliseconds)
        return writer.finish()
    }

    static func findAndModify(
        _ collection: String, _ filter: BSONDocument, _ update: BSONDocument?, _ options: FindAndModifyOptions,
        timeout: Duration
    ) -> BSONDocument {
        var writer = BSONWriter(capacity: filter.bytes.count + (update?.bytes.count ?? 0) + 160)
        writer.append("findAndModify", collection)
        writer.append("query", filter)
        writer.appendIfPresent("sort", options.sort)
        if let update {
            writer.append("update", update)
            writer.append("new", options.returnNew)
            if options.upsert { writer.append("upsert", true) }
        } else {
            writer.append("remove", true)
        }
        writer.appendIfPresent("fields", options.projection)
        writer.append("maxTimeMS", (options.timeout ?? timeout).milliseconds)
        return writer.finish()
    }

    static func distinct(
        _ collection: String, _ field: String, _ filter: BSONDocument, timeout: Duration
    ) -> BSONDocument {
        [
            "distinct": .string(collection), "key": .string(field), "query": .document(filter),
            "maxTimeMS": .int64(timeout.milliseconds),
        ]
    }

    static func updateMany(
        _ collection: String, _ filter: BSONDocument, _ update: BSONDocument, upsert: Bool, timeout: Duration
    ) -> BSONDocument {
        let step: BSONDocument = [
            "q": .document(filter), "u": .document(update), "multi": true, "upsert": .bool(upsert),
        ]
        return [
            "update": .string(collection), "updates": [.document(step)], "maxTimeMS": .int64(timeout.milliseconds),
        ]
    }

    static func deleteMany(_ collection: String, _ filter: BSONDocument, timeout: Duration) -> BSONDocument {
        let step: BSONDocument = ["q": .document(filter), "limit": .int32(0)]
        return [
            "delete": .string(collection), "deletes": [.document(step)], "maxTimeMS": .int64(timeout.milliseconds),
        ]
    }
}
