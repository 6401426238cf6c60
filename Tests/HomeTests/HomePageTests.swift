import Foundation
import Home
import Testing
import Web

@Suite("The home page's template")
struct HomePageTests {
    @Test("places only what the page has, in words that both languages have")
    func lint() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: root + "/Templates", reloads: false),
            catalogue: try Catalogue.load(directory: root + "/Locales"))
        let issues = TemplateLint.check(renderer, pages: HomeController.pageTypes)
        #expect(issues.isEmpty, "\(issues)")
    }
}
