import Foundation

/// log Γ(x) for positive x.
func logGamma(_ x: Double) -> Double {
    lgamma(x)
}

/// Derivative of log Γ for positive x: recurrence up to 10, then its asymptotic series.
func digamma(_ x: Double) -> Double {
    guard x > 0 else { return -.infinity }
    var value = 0.0
    var shifted = x
    while shifted < 10 {
        value -= 1 / shifted
        shifted += 1
    }
    let square = 1 / (shifted * shifted)
    let series =
        square
        * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square * (1.0 / 132)))))
    return value + log(shifted) - 1 / (2 * shifted) - series
}

/// Gauss's hypergeometric function 2F1(a, b; c; z) by its series, for 0 ≤ z < 1 and c > 0.
func hypergeometric(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for index in 0..<20_000 {
        let n = Double(index)
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        sum += term
        if abs(term) <= 1e-16 * abs(sum) { break }
    }
    return sum
}

/// Value that a standard normal stays below with probability p (Wichura, 1988, algorithm AS 241); p is held within the
/// open interval.
public func normalQuantile(_ p: Double) -> Double {
    let held = min(max(p.isNaN ? 0.5 : p, 1e-300), 1 - 0x1p-53)
    let offset = held - 0.5
    if abs(offset) <= 0.425 {
        let square = 0.180625 - offset * offset
        return offset * polynomial(WichuraTable.middleTop, square) / polynomial(WichuraTable.middleBottom, square)
    }
    let radius = (-log(offset < 0 ? held : 1 - held)).squareRoot()
    let value =
        radius <= 5
        ? polynomial(WichuraTable.nearTop, radius - 1.6) / polynomial(WichuraTable.nearBottom, radius - 1.6)
        : polynomial(WichuraTable.farTop, radius - 5) / polynomial(WichuraTable.farBottom, radius - 5)
    return offset < 0 ? -value : value
}

/// Coefficients from the constant up.
private func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
}

private enum WichuraTable {
    static let middleTop = [
        3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
        45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
    ]
    static let middleBottom = [
        1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077, 21213.794301586595867,
        39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
    ]
    static let nearTop = [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4,
    ]
    static let nearBottom = [
        1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550, 0.148103976427480074590,
        0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ]
    static let farTop = [
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
        0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ]
    static let farBottom = [
        1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525, 7.86869131145613259100e-4,
        1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ]
}
