/// What a colour says. Colour never stands alone: every part that takes a tone also shows a word and a shape.
public enum Tone: String, Sendable, CaseIterable {
    case good, warn, bad, info, quiet
}
