import Foundation
import Web

/// Where a page parameter stands in a request.
public struct PageParameter: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        /// In the body where the request has one, else in the query.
        case auto
        case query
        /// A text in the JSON or form body, at a dotted path.
        case body
        /// A number in the JSON body.
        case numberInBody
        /// A list in the JSON body (GoHighLevel's `searchAfter`).
        case listInBody
        /// Nowhere: the stream's request puts it in itself, from the query's place (an `OFFSET` inside SQL).
        case request
    }

    public var name: String
    public var place: Place

    public init(_ name: String, in place: Place = .auto) {
        self.name = name
        self.place = place
    }
}

/// How a vendor's lists go on. All paths are dotted paths into the reply.
public enum Pager: Sendable {
    /// One page is all.
    case single
    /// The reply holds the text to send back. A listing of changes starts again from the last one's time after `cap`
    /// records (HubSpot's search).
    case cursor(PageParameter, at: String, cap: Int? = nil)
    /// The reply holds the absolute address of the next page.
    case nextLink(at: String)
    /// RFC 8288 `Link: <…>; rel="next"`.
    case linkHeader
    /// Pages by number; `total` says where the number of pages or records stands, without it a short page is the last.
    case page(PageParameter, first: Int = 1, size: Int, total: Total = .shortPage)
    case offset(PageParameter, size: Int, total: Total = .shortPage)
    /// The last record's id is sent back while `more` is true.
    case lastID(PageParameter, id: String, more: String)
    /// Anything else: the token of the next page from the reply and the present place; nil ends.
    case custom(PageParameter?, @Sendable (VendorResponse, Place) throws -> String?)

    public enum Total: Sendable, Equatable {
        case shortPage
        case pages(at: String)
        case records(at: String)
        /// In a header, as a number of pages (`X-WP-TotalPages`).
        case pagesHeader(String)
    }
}

/// How far a stream has come inside one span; stored after every page, so that anybody can go on from there.
public struct Place: Codable, Sendable, Equatable {
    /// What the pager sends with the next request; nil at the start.
    public var token: String?
    /// Pages done.
    public var page: Int
    /// Records done in this listing.
    public var records: Int
    /// Latest change seen so far.
    public var watermark: Date?
    /// Where the listing was started again, when the vendor caps it.
    public var since: Date?

    public init(
        token: String? = nil, page: Int = 0, records: Int = 0, watermark: Date? = nil, since: Date? = nil
    ) {
        self.token = token
        self.page = page
        self.records = records
        self.watermark = watermark
        self.since = since
    }
}

extension Pager {
    /// The request for the page at a place.
    func request(_ request: VendorRequest, at place: Place) -> VendorRequest {
        switch self {
        case .page(let parameter, let first, _, _):
            return request.carrying(parameter.name, place.token ?? String(first), in: parameter.place)
        case .offset(let parameter, _, _):
            return request.carrying(parameter.name, place.token ?? "0", in: parameter.place)
        default: break
        }
        guard let token = place.token else { return request }
        switch self {
        case .cursor(let parameter, _, _), .lastID(let parameter, _, _):
            return request.carrying(parameter.name, token, in: parameter.place)
        case .custom(let parameter, _):
            guard let parameter else { return Self.following(token, request) }
            return request.carrying(parameter.name, token, in: parameter.place)
        case .nextLink, .linkHeader: return Self.following(token, request)
        case .single, .page, .offset: return request
        }
    }

    /// A link already holds the query.
    private static func following(_ link: String, _ request: VendorRequest) -> VendorRequest {
        var request = request
        request.path = link
        request.query = [:]
        return request
    }

    /// The place behind a page, nil when it was the last.
    /// - Parameters:
    ///   - records: the page's records
    ///   - watermark: latest change on the page
    func next(
        after response: VendorResponse, records: [JSONValue], at place: Place, watermark: Date?, span: Span
    ) throws -> Place? {
        var next = place
        next.page += 1
        next.records += records.count
        next.watermark = [place.watermark, watermark].compactMap(\.self).max()
        if case .cursor(_, _, let cap?) = self, span.since != nil, next.records >= cap {
            guard let latest = next.watermark, latest > place.since ?? .distantPast else {
                throw VendorFault.schema(field: "updated", message: "More than \(cap) records share one moment.")
            }
            return Place(page: next.page, watermark: latest, since: latest)
        }
        guard let token = try token(after: response, records: records, at: next) else { return nil }
        if token == place.token {
            throw VendorFault.schema(field: "paging", message: "The list does not go on: the same page came again.")
        }
        next.token = token
        return next
    }

    private func token(after response: VendorResponse, records: [JSONValue], at place: Place) throws -> String? {
        switch self {
        case .single: return nil
        case .cursor(_, let path, _), .nextLink(let path): return response.json.at(path)?.text
        case .linkHeader: return Self.nextLink(in: response.headers)
        case .page(_, let first, let size, let total):
            let number = place.page + first
            return Self.goesOn(
                total, response, pages: place.page, records: place.records, last: records.count, size: size)
                ? String(number) : nil
        case .offset(_, let size, let total):
            return Self.goesOn(
                total, response, pages: place.page, records: place.records, last: records.count, size: size)
                ? String(place.records) : nil
        case .lastID(_, let id, let more):
            return response.json.at(more)?.flag == true ? records.last?.at(id)?.text : nil
        case .custom(_, let next): return try next(response, place)
        }
    }

    private static func goesOn(
        _ total: Total, _ response: VendorResponse, pages: Int, records: Int, last: Int, size: Int
    ) -> Bool {
        switch total {
        case .shortPage: last >= size
        case .pages(let path): last > 0 && pages < Int(response.json.at(path)?.whole ?? 0)
        case .records(let path): last > 0 && records < Int(response.json.at(path)?.whole ?? 0)
        case .pagesHeader(let name): last > 0 && pages < (response.headers[name].flatMap(Int.init) ?? 0)
        }
    }

    static func nextLink(in headers: Pairs) -> String? {
        for header in headers.items where header.name.lowercased() == "link" {
            for link in header.value.split(separator: ",") {
                let parts = link.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
                guard let address = parts.first, address.hasPrefix("<"), address.hasSuffix(">") else { continue }
                if parts.dropFirst().contains(where: { $0.lowercased().replacing("\"", with: "") == "rel=next" }) {
                    return String(address.dropFirst().dropLast())
                }
            }
        }
        return nil
    }
}
