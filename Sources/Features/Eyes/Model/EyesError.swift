/// What can go wrong between a person and EYES. Anything else is a fault and answers 500.
public enum EyesError: Error, Equatable {
    /// A run is under way; its job.
    case alreadyRunning(jobID: String)
    case invalidConfig([String])
    /// A stored row does not read back.
    case damagedRow(String)
    /// A model of this version was never accepted, or is too old, so that it may not speak.
    case modelNotUsable(String)
}
