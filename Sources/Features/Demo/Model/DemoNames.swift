import Learning

/// Names of people who do not exist, with addresses in domains reserved for examples (RFC 2606).
enum DemoNames {
    static let first = [
        "Ada", "Alba", "Amir", "Ana", "Anton", "Aria", "Bea", "Ben", "Bruno", "Carla", "Carlos", "Cora", "Daniel",
        "Daria",
        "Diego", "Edith", "Elena", "Elias", "Emil", "Emma", "Enzo", "Eva", "Farah", "Felix", "Fiona", "Gael", "Gina",
        "Hana", "Hugo", "Ida", "Ines", "Iris", "Ivan", "Jakob", "Jana", "Jonas", "Julia", "Karim", "Kira", "Lara",
        "Leo",
        "Lina", "Luca", "Lucia", "Maja", "Marco", "Maria", "Mateo", "Mia", "Milan", "Mina", "Nadia", "Nico", "Nina",
        "Noah", "Nora", "Olga", "Omar", "Oscar", "Pablo", "Paula", "Pia", "Rafael", "Rosa", "Ruth", "Samir", "Sara",
        "Sofia", "Stella", "Tara", "Theo", "Tomas", "Vera", "Viktor", "Yara", "Zoe",
    ]

    static let last = [
        "Abbott", "Acosta", "Adler", "Alonso", "Amaro", "Archer", "Arias", "Bailey", "Barros", "Bauer", "Becker",
        "Bianchi",
        "Blanco", "Brandt", "Brooks", "Bruno", "Calvo", "Campos", "Castro", "Chen", "Clarke", "Costa", "Cruz", "Dalton",
        "Diaz", "Dixon", "Dubois", "Duran", "Egger", "Ellis", "Fabre", "Falk", "Ferrer", "Fischer", "Flores", "Fox",
        "Frost", "Fuchs", "Gallo", "Garza", "Gomez", "Graf", "Gray", "Haas", "Hale", "Hansen", "Hart", "Herrera",
        "Holm",
        "Ibarra", "Jensen", "Keller", "Kim", "Klein", "Koch", "Lang", "Larsen", "Leone", "Lopez", "Lund", "Marin",
        "Meyer",
        "Molina", "Moreno", "Nolan", "Novak", "Olsen", "Ortega", "Parker", "Perez", "Quinn", "Ramos", "Reyes", "Rivera",
        "Rossi", "Ruiz", "Santos", "Silva", "Soto", "Stone", "Torres", "Vega", "Vogel", "Walsh", "Weber", "Winter",
        "Young",
        "Zamora",
    ]

    static let domains = ["example.com", "example.net", "example.org"]

    /// ISO codes; the shop sells mostly at home.
    static func country(_ random: inout SeededGenerator) -> String {
        switch random.unit() {
        case ..<0.72: "US"
        case ..<0.81: "CA"
        case ..<0.88: "GB"
        case ..<0.92: "MX"
        case ..<0.95: "DE"
        case ..<0.98: "ES"
        default: "FR"
        }
    }
}
