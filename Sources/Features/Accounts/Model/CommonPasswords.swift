/// A modest list of our own of what people choose when asked for twelve characters. Everything is in folded form
/// (lower case, no diacritics). Shorter passwords are refused by length, so only stems and long favourites are kept.
enum CommonPasswords {
    /// Refused exactly as they stand.
    static let whole: Set<String> = [
        "correct horse battery staple", "correcthorsebatterystaple", "thisismypassword", "mypasswordis",
        "letmeinplease", "opensesame123", "trustno1trustno1", "iloveyouforever", "iloveyousomuch", "whateverwhatever",
        "nopassword123", "newpassword123", "temppassword", "temporarypassword", "defaultpassword", "adminpassword",
        "administrator", "administrator1", "superadministrator", "changemeplease", "changemenow123", "1q2w3e4r5t6y",
        "1q2w3e4r5t6y7u8i", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "zaq12wsxcde3", "qazwsxedcrfv", "qazwsxedc123",
        "q1w2e3r4t5y6", "a1b2c3d4e5f6", "abcd1234abcd", "abc123abc123", "asdf1234asdf", "qwer1234qwer", "pass1234word",
        "zxcvbnm12345", "asdfghjkl123", "qwertyuiop123", "123qweasdzxc", "qweasdzxc123", "147258369147",
        "159357159357", "123321123321", "112233445566", "121212121212", "123123123123", "987654321098",
        "contrasena123", "contrasenasegura", "micontrasena", "micontrasena1", "teamoteamoteamo", "holaholahola",
        "summer2024summer", "spring2025spring", "winter2025winter", "autumn2025autumn", "marketing1234",
        "marketing2025", "marketing2026", "omnifycloud123", "omnifycloudconnect",
    ]

    /// Words that stay weak with digits and signs around them ("Password2026!!", "…welcome…123456").
    static let stems: Set<String> = [
        "password", "passwort", "passw", "pass", "passphrase", "contrasena", "clave", "secret", "secreto", "secretword",
        "letmein", "letmeinnow", "welcome", "welcomeback", "bienvenido", "bienvenidos", "admin", "administrator",
        "administrador", "root", "master", "guest", "user", "username", "login", "test", "testing", "tester", "demo",
        "changeme", "changeit", "default", "temp", "temporary", "qwerty", "qwertyuiop", "qwertz", "azerty", "asdf",
        "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "abc", "abcdef", "iloveyou", "teamo", "tequiero", "princess",
        "princesa", "sunshine", "monkey", "dragon", "football", "futbol", "baseball", "basketball", "barcelona",
        "realmadrid", "liverpool", "chelsea", "arsenal", "superman", "batman", "spiderman", "starwars", "pokemon",
        "shadow", "michael", "jennifer", "jessica", "jordan", "charlie", "summer", "winter", "spring", "autumn",
        "verano", "invierno", "primavera", "january", "february", "september", "october", "november", "december",
        "monday", "friday", "company", "companyname", "empresa", "marketing", "business", "office", "google",
        "facebook", "instagram", "microsoft", "internet", "computer", "samsung", "iphone", "freedom", "whatever",
        "trustno", "hello", "helloworld", "hola", "holamundo", "omnify", "omnifycloud", "omnifycloudconnect",
    ]

    static let runs: [String] = [
        "abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
        "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    ]

    /// Undoes the usual swaps of letters for signs inside a word; digits at the ends stay what they are.
    static func unleet(_ folded: String) -> String {
        let characters = Array(folded)
        guard let first = characters.firstIndex(where: \.isLetter), let last = characters.lastIndex(where: \.isLetter)
        else { return folded }
        var result = characters
        for index in first...last {
            switch characters[index] {
            case "0": result[index] = "o"
            case "1", "!": result[index] = "i"
            case "3": result[index] = "e"
            case "4", "@": result[index] = "a"
            case "5", "$": result[index] = "s"
            case "7": result[index] = "t"
            default: break
            }
        }
        return String(result)
    }
}
