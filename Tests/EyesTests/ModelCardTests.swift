import BSON
import Foundation
import Learning
import Mongo
import Testing
import Web

@testable import Eyes

@Suite("Model cards", .serialized)
struct ModelCardTests {
    @Test("removing any one figure from a stored card makes a hole, and a hole withholds the scores")
    func holes() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            let run = try await house.run()
            let card = try #require(run.result.horizons.compactMap(\.card).first)
            let document = try BSONEncoder().encode(card)
            #expect(ModelCardCheck.holes(in: document).isEmpty)
            for path in ModelCardCheck.required {
                let names = path.split(separator: ".").map(String.init)
                #expect(ModelCardCheck.holes(in: removing(names, from: document)).contains(path), "\(path)")
            }
            for (list, keys) in ModelCardCheck.lines {
                for key in keys {
                    guard let lines = document[list]?.arrayValue, let first = lines.first?.documentValue else {
                        continue
                    }
                    let damaged = [BSONValue.document(first.removing([key]))] + lines.dropFirst()
                    #expect(
                        ModelCardCheck.holes(in: replacing(list, .array(damaged), in: document)) == [list],
                        "\(list).\(key)")
                }
            }
            let store = EyesStore(house.scope, house.database)
            #expect(try await store.cardsAreWhole(run.id))
            let stored = house.database.collection("eyes_runs")
            let filter: BSONDocument = ["_id": .string(run.id)]
            for field in ["attempt.memory_bytes", "result.horizons.0.card.brier"] {
                _ = try await stored.update(filter, ["$unset": [field: ""]])
                #expect(try await !store.cardsAreWhole(run.id), "\(field)")
                _ = try await stored.update(filter, ["$set": [field: 0.5]])
                #expect(try await store.cardsAreWhole(run.id), "\(field)")
            }
        }
    }

    /// Fields that may be missing: nothing was compared with on a first run, and a fit may not have converged.
    private static let optional: Set<String> = [
        "last_run_id", "candidates.0.auc", "candidates.0.log_loss", "candidates.0.standard_error",
    ]

    @Test("there is no figure on a stored card without which it would still be published")
    func everyFigure() async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            let run = try await house.run()
            for card in run.result.horizons.compactMap(\.card) {
                let document = try BSONEncoder().encode(card)
                let paths = leaves(of: document)
                #expect(paths.count > 100)
                for path in paths where !Self.optional.contains(path.joined(separator: ".")) {
                    let without = cut(path[...], from: .document(document)).documentValue ?? [:]
                    #expect(!ModelCardCheck.holes(in: without).isEmpty, "\(path.joined(separator: "."))")
                }
            }
        }
    }

    /// Every path to a value; of a list its first line stands for all.
    private func leaves(of document: BSONDocument) -> [[String]] {
        document.elements().flatMap { key, value -> [[String]] in
            if let inner = value.documentValue { return leaves(of: inner).map { [key] + $0 } }
            if let first = value.arrayValue?.first?.documentValue {
                return [[key]] + leaves(of: first).map { [key, "0"] + $0 }
            }
            return [[key]]
        }
    }

    private func cut(_ path: ArraySlice<String>, from value: BSONValue) -> BSONValue {
        guard let name = path.first else { return value }
        if var lines = value.arrayValue {
            if let first = lines.first { lines[0] = cut(path.dropFirst(), from: first) }
            return .array(lines)
        }
        guard let document = value.documentValue else { return value }
        guard path.count > 1, let inner = document[name] else { return .document(document.removing([name])) }
        return .document(replacing(name, cut(path.dropFirst(), from: inner), in: document))
    }

    @Test("a second run says how far features have moved since the first one, and a first run says nothing")
    func drift() async throws {
        try await EyesHouse.open { house in
            try await house.fill(500)
            let first = try await house.run()
            #expect(first.result.horizons.compactMap(\.card).allSatisfy { $0.driftSinceLastRun == [] })
            try await house.fill(200, seed: 77)
            let second = try await house.run()
            #expect(second.id != first.id)
            #expect(second.identity.previousRunID == first.id)
            for card in second.result.horizons.compactMap(\.card) {
                #expect(card.lastRunID == first.id)
                #expect(card.driftSinceLastRun?.count == card.features.count)
                #expect(card.driftSinceLastRun?.contains { $0.psi > 0 } == true)
                #expect(card.origin?.runID == second.id && card.origin?.snapshotHash == second.identity.snapshotHash)
            }
        }
    }

    @Test(
        "a card says how often it was wrong, as recounted from the test, and which windows its level comes from",
        arguments: [AppLocale.en, .es])
    func mistakesAndLevel(_ locale: AppLocale) async throws {
        try await EyesHouse.open { house in
            try await house.fill(600)
            let run = try await house.run()
            let published = try #require(try await house.service.published(house.scope))
            let words = try Localizer(locale, catalogue: Catalogue.load(directory: Self.root + "/Locales"))
            for test in try await EyesStore(house.scope, house.database).tests(runID: run.id) {
                let report = try #require(run.report(test.horizon))
                let (card, serving) = (try #require(report.card), report.serving)
                let mistakes = TestMistakes(card)
                let recount = confusion(probabilities: test.probabilities, labels: test.labels)
                #expect(mistakes.falseAlarms == recount.falsePositives && mistakes.missed == recount.falseNegatives)
                #expect(mistakes.foretoldLeaving == recount.truePositives + recount.falsePositives)
                #expect(mistakes.rows == test.labels.count && mistakes.wrong > 0)
                let page = ModelPageBuilder(
                    run: run, segments: published.segments, report: report, card: card,
                    speech: EyesSpeech(words, currency: "USD"), paths: EyesPaths(slug: "shop")
                ).page.main.html
                #expect(page.contains(">\(words.number(mistakes.wrong))<"))
                let level = try #require(card.level)
                let before = try #require(card.eceBeforeLevel)
                #expect(!level.windows.isEmpty && page.contains(words.percent(before, digits: 1)))
                for forecast in [level] + [serving?.level].compactMap(\.self) {
                    for window in forecast.windows {
                        let first = words.day(ZoneCalendar.label(of: window.cutOff))
                        let last = words.day(ZoneCalendar.label(of: window.cutOff + test.horizon.days - 1))
                        #expect(page.contains("\(first) \u{2013} \(last)"))
                        #expect(page.contains(words.percent(window.observed, digits: 1)))
                    }
                }
                #expect(!page.contains("eyes."))
            }
        }
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func removing(_ path: [String], from document: BSONDocument) -> BSONDocument {
        guard path.count > 1, let inner = document[path[0]]?.documentValue else { return document.removing([path[0]]) }
        return replacing(path[0], .document(removing(Array(path.dropFirst()), from: inner)), in: document)
    }

    private func replacing(_ key: String, _ value: BSONValue, in document: BSONDocument) -> BSONDocument {
        var changed = document.removing([key])
        changed.append(key, value)
        return changed
    }
}
