import Web

extension CalibrationTenth {
    /// The same tenth as the chart kit wants it.
    var chartPoint: CalibrationPoint {
        CalibrationPoint(predicted: predicted, observed: observed, lower: lower, upper: upper, count: count)
    }
}
