import Eyes
import Foundation
import Learning

/// Prints what the churn models reach on a file of orders, a JSON line per horizon, and writes the matrices they saw.
public enum EyesMeasurement {
    public static func print(orders path: String, date: String, folder: String, threads: Int) throws {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        guard let day = day(date[...]) else { throw StartRefusal("“\(date)” is not a date as 1998-04-01.") }
        let orders = text.split(separator: "\n").dropFirst().compactMap { line -> EyesBench.Order? in
            let fields = line.split(separator: ",")
            guard fields.count == 4, let day = Self.day(fields[1]), let amount = Double(fields[3]) else { return nil }
            return EyesBench.Order(
                customer: String(fields[0]), day: day, amountMinor: Int64((amount * 100).rounded()))
        }
        let clock = ContinuousClock()
        let start = clock.now
        var failure: (any Error)?
        EyesBench(orders).run(test: day, threads: threads, now: { (clock.now - start) / .seconds(1) }) { measured in
            do { try write(measured, to: folder) } catch { failure = error }
            Swift.print(line(measured))
        }
        if let failure { throw failure }
    }

    private static func line(_ measured: EyesBench.Measurement) -> String {
        let candidates = measured.candidates.map { "\"\($0.kind)\": \($0.auc)" }.joined(separator: ", ")
        let words = [("chosen", measured.chosen), ("calibration", measured.calibration), ("state", measured.state)]
        let figures = [
            ("auc", measured.auc), ("lower", measured.lower), ("upper", measured.upper),
            ("recency_only", measured.recencyOnly), ("ece", measured.ece),
            ("ece_before_level", measured.eceBeforeLevel), ("foreseen", measured.foreseen),
            ("observed", measured.observed),
            ("ece_after_calibration", measured.eceAfterCalibration ?? 1),
            ("log_loss", measured.logLoss),
            ("brier", measured.brier), ("seconds", measured.seconds),
        ]
        let fields =
            ["\"horizon\": \(measured.horizon)"] + words.map { "\"\($0.0)\": \"\($0.1)\"" }
            + figures.map { "\"\($0.0)\": \($0.1)" } + ["\"candidates\": {\(candidates)}"]
        return "{" + fields.joined(separator: ", ") + "}"
    }

    private static func write(_ measured: EyesBench.Measurement, to folder: String) throws {
        let matrices = measured.training.enumerated().map { ("train_\(measured.horizon)_\($0.offset)", $0.element) }
        for (name, matrix) in matrices + [("test_\(measured.horizon)", measured.test)] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(16 + matrix.values.count * 8)
            for size in [matrix.rows, matrix.columns] {
                withUnsafeBytes(of: Int64(size).littleEndian) { bytes.append(contentsOf: $0) }
            }
            for value in matrix.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/\(name).matrix"))
        }
    }

    private static func day(_ text: Substring) -> Int? {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        var components = DateComponents()
        (components.year, components.month, components.day) = (parts[0], parts[1], parts[2])
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: components).map { Int($0.timeIntervalSince1970 / 86_400) }
    }
}
