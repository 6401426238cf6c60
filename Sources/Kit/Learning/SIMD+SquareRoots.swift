import CLanes

extension SIMD8<Double> {
    /// All eight square roots, two an instruction; the same digits as `squareRoot()`.
    @inline(__always)
    func squareRoots() -> SIMD8<Double> {
        SIMD8(lowHalf: lowHalf.squareRoots(), highHalf: highHalf.squareRoots())
    }
}

extension SIMD4<Double> {
    @inline(__always)
    func squareRoots() -> SIMD4<Double> {
        SIMD4(lowHalf: omnify_square_roots(lowHalf), highHalf: omnify_square_roots(highHalf))
    }
}
