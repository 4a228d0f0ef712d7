/// Responses that are stored (`store`), found again (`GET /v1/responses/{id}`) and gone on from (`previous_response_id`).
struct ResponsesKeeping: DialectKeeping {
    let dialect: Responses

    /// OpenAI stores what does not say otherwise.
    func wish(_ body: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeepingWish {
        let fields = try JSONFields(body)
        let previous = try fields.string("previous_response_id")
        if previous?.isEmpty == true { throw fields.error("previous_response_id", "is empty") }
        return KeepingWish(isKept: try fields.flag("store") ?? true, previous: previous)
    }

    func refuse(_ body: UnsafeRawBufferPointer) throws(EnvelopeError) {
        try ResponsesRefusals.checkKeeping(try JSONFields(body), isKeeping: false)
    }

    func continued(_ body: UnsafeRawBufferPointer, after previous: StoredAnswer) throws(EnvelopeError) -> [UInt8] {
        let fields = try JSONFields(body)
        var items = Self.elements(previous.input)
        let answer = previous.answer.withUnsafeBytes { JSONValue($0) }
        items += answer?["output"]?.elements.map(\.text) ?? []
        items += try Self.items(fields)
        var request = JSONObjectWriter()
        request.add("input", elements: items)
        request.addRest(of: fields, except: ["input", "previous_response_id"])
        return request.text
    }

    func request(
        _ body: UnsafeRawBufferPointer, model: String, wish: KeepingWish
    ) throws(EnvelopeError) -> TranslatedRequest {
        try dialect.request(body, model: model, wish: wish)
    }

    func stored(
        _ answer: [UInt8], to body: UnsafeRawBufferPointer, owner: String, now: Int64
    ) throws(EnvelopeError) -> StoredAnswer? {
        guard let id = answer.withUnsafeBytes({ JSONValue($0) })?["id"]?.string else { return nil }
        let items = try Self.items(try JSONFields(body))
        return StoredAnswer(
            id: id, owner: owner, createdAt: now, input: JSONObjectWriter.array(items), answer: answer)
    }

    func call(_ method: String, _ path: String, query: [(name: String, value: String)]) -> KeptCall? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let id = parts.first, !id.isEmpty, parts.count <= 2 else { return nil }
        switch (method, parts.dropFirst().first) {
        case ("GET", nil): return KeptCall(id: id, action: .show { $0.answer })
        case ("DELETE", nil):
            let name = String(decoding: JSONText.quoted(id), as: UTF8.self)
            let body = #"{"id":\#(name),"object":"response","deleted":true}"#
            return KeptCall(id: id, action: .delete(Array(body.utf8)))
        case ("GET", "input_items"):
            let page = ResponsesItemPage(query)
            return KeptCall(id: id, action: .show { stored throws(EnvelopeError) in try page.list(of: stored) })
        case ("POST", "cancel"):
            return KeptCall(
                id: id,
                action: .refuse(
                    "The response \(id.quotedForMessage) is finished. Only one that is being made in the background could be cancelled, and "
                        + "none is here: a client that closes its connection ends its response."))
        default: return nil
        }
    }

    /// The items of `input`, each JSON; a text is a message of the user's.
    private static func items(_ fields: JSONFields) throws(EnvelopeError) -> [[UInt8]] {
        guard let field = fields["input"] else { return [] }
        guard field.kind == .string else { return try fields.elements("input").map { Array(fields.raw($0)) } }
        var item: [UInt8] = []
        item.append(constant: #"{"type":"message","role":"user","content":[{"type":"input_text","text":"#)
        item += fields.raw(field)
        item.append(constant: "}]}")
        return [item]
    }

    private static func elements(_ array: [UInt8]) -> [[UInt8]] {
        array.withUnsafeBytes { JSONValue($0) }?.elements.map(\.text) ?? []
    }
}

/// A page of the items that a response answers (`GET /v1/responses/{id}/input_items`): `limit`, `order` and `after` as OpenAI has them.
struct ResponsesItemPage: Sendable {
    private var limit = 20
    private var isAscending = false
    private var after: String?
    private let mistake: EnvelopeError?

    init(_ query: [(name: String, value: String)]) {
        var mistake: EnvelopeError?
        for (name, value) in query {
            switch (name, value) {
            case ("limit", _):
                if let count = Int(value), (1...100).contains(count) {
                    limit = count
                } else {
                    mistake = EnvelopeError("\"limit\" must be a number from 1 to 100.", parameter: "limit", at: 0)
                }
            case ("order", "asc"): isAscending = true
            case ("order", "desc"): isAscending = false
            case ("order", _):
                mistake = EnvelopeError("\"order\" must be \"asc\" or \"desc\".", parameter: "order", at: 0)
            case ("after", _): after = value
            default: break
            }
        }
        self.mistake = mistake
    }

    func list(of stored: StoredAnswer) throws(EnvelopeError) -> [UInt8] {
        if let mistake { throw mistake }
        let input = stored.input.withUnsafeBytes { JSONValue($0) }?.elements ?? []
        var items = input.enumerated().map { Self.complete($0.element, id: "item_\($0.offset)") }
        if !isAscending { items.reverse() }
        if let after, let place = items.firstIndex(where: { $0["id"]?.string == after }) {
            items.removeFirst(place + 1)
        }
        let page = Array(items.prefix(limit))
        func id(_ item: JSONValue?) -> JSONValue { item?["id"] ?? .null }
        return JSONValue.object([
            "object": .string("list"), "data": .array(page), "first_id": id(page.first), "last_id": id(page.last),
            "has_more": .bool(page.count < items.count),
        ]).text
    }

    /// An item as clients read it: with an id, a type, and parts in place of a mere text.
    private static func complete(_ item: JSONValue, id: String) -> JSONValue {
        var item = item
        if item["id"]?.string == nil { item["id"] = .string(id) }
        if item["type"]?.string == nil { item["type"] = .string("message") }
        if item["type"]?.string == "message", let text = item["content"]?.string {
            let kind = item["role"]?.string == "assistant" ? "output_text" : "input_text"
            item["content"] = .array([.object(["type": .string(kind), "text": .string(text)])])
        }
        return item
    }
}
