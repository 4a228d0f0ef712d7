import Foundation
import RoundhouseCore
import RoundhouseTesting
import Testing

@testable import RoundhouseGateway

/// What a request says decides where it goes; what it holds of limits goes with it.
@Suite struct RouteRequestTests {
    private static let broken: RouteSupport.Script = { connection in
        while try connection.request() != nil { try connection.answer("{}", status: "500 No") }
    }

    @Test func rulesLookAtTheRequest() async throws {
        try await RouteSupport.run([RouteSupport.answers, RouteSupport.answers, RouteSupport.answers]) { setup in
            for index in setup.models.indices { setup.models[index].capabilities = [.chat, .tools, .vision] }
            var tools = RouteCondition()
            tools.needs = .tools
            var legal = RouteCondition()
            legal.features = NamePatterns(["legal*"])
            setup.routes = [
                RouteSupport.route(
                    [
                        RouteRule(tools, to: .name("a"), source: RouteSupport.place),
                        RouteRule(legal, to: .name("b"), source: RouteSupport.place),
                        RouteRule(to: .name("c"), source: RouteSupport.place),
                    ], fallback: [])
            ]
        } _: { gateway, _ in
            let requests = [
                ("a", RouteSupport.chat(#""tools":[{"type":"function"}]"#)),
                ("b", RouteSupport.chat(headers: "x-roundhouse-feature: legal-review\r\n")),
                ("b", RouteSupport.chat(#""metadata":{"feature":"legal"}"#)), ("c", RouteSupport.chat()),
            ]
            for (model, request) in requests {
                let answer = try await gateway.ask(request)
                #expect(answer.header("x-roundhouse-model") == model)
            }
        }
    }

    @Test func routesAreListedForWhoMayUseThem() async throws {
        var key = APIKey(id: "k", hash: KeyHash(secret: "rh-k"))
        key.models = NamePatterns(["b"])
        var other = APIKey(id: "o", hash: KeyHash(secret: "rh-o"))
        other.models = NamePatterns([])
        try await RouteSupport.run([RouteSupport.answers, RouteSupport.answers]) {
            $0.keys = [key, other]
        } _: { gateway, upstreams in
            let auth = "Authorization: Bearer rh-k\r\n"
            let list = try await gateway.ask(Request.get("/v1/models", headers: auth))
            #expect(
                list.text.contains(#""id":"r""#) && list.text.contains(#""id":"b""#)
                    && !list.text.contains(#""id":"a""#))
            #expect(try await gateway.ask(Request.get("/v1/models/r", headers: auth)).status == 200)
            #expect(try await gateway.ask(Request.get("/api/tags", headers: auth)).text.contains(#""name":"r"#))
            // The route's first model is not for this key; the next one is.
            let answer = try await gateway.ask(RouteSupport.chat(headers: auth))
            #expect(answer.header("x-roundhouse-model") == "b" && answer.header("x-roundhouse-route") == "fallback:b")
            let none = "Authorization: Bearer rh-o\r\n"
            #expect(try await gateway.ask(RouteSupport.chat(headers: none)).status == 403)
            let nothing = try await gateway.ask(Request.get("/v1/models", headers: none))
            #expect(!nothing.text.contains(#""r""#))
            #expect(RouteSupport.counts(upstreams) == [0, 1])
        }
    }

    @Test func aRequestThatMovesOnCountsOnce() async throws {
        var key = APIKey(id: "k", hash: KeyHash(secret: "rh-k"))
        key.limits.requestsPerMinute = 2
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) {
            $0.keys = [key]
        } _: { gateway, _ in
            let request = RouteSupport.chat(headers: "Authorization: Bearer rh-k\r\n")
            for status in [200, 200, 429] {
                let answer = try await gateway.ask(request)
                #expect(answer.status == status)
            }
        }
    }

    @Test func aModelsOwnLimitSendsOn() async throws {
        try await RouteSupport.run([RouteSupport.answers, RouteSupport.answers]) {
            $0.models[0].rateLimits.requestsPerMinute = 1
        } _: { gateway, upstreams in
            for model in ["a", "b"] {
                let answer = try await gateway.ask(RouteSupport.chat())
                #expect(answer.header("x-roundhouse-model") == model)
            }
            #expect(RouteSupport.counts(upstreams) == [1, 1])
        }
    }

    /// What the first model did not cost, the next one may: the budget is asked before it is sent there.
    @Test func aBudgetForbidsAFallbackThatCosts() async throws {
        var key = APIKey(id: "k", hash: KeyHash(secret: "rh-k"))
        key.budget = BudgetLimit(amount: Money(billionths: 1000), period: .day)
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) {
            $0.keys = [key]
            var price = Price()
            price.inputPerMillion = Money(billionths: 5_000_000_000)
            price.outputPerMillion = Money(billionths: 5_000_000_000)
            $0.models[1].cost = price
            $0.models[1].isOwn = false
        } _: { gateway, upstreams in
            let answer = try await gateway.ask(RouteSupport.chat(headers: "Authorization: Bearer rh-k\r\n"))
            #expect(answer.status == 429 && answer.errorCode == "insufficient_quota")
            #expect(upstreams[1].requests.isEmpty)
            let record = try await gateway.record()
            #expect(record["escalated"] as? Bool == false)
            // Nothing of the budget stays held.
            let limits = try await gateway.ask(Request.get("/admin/limits", headers: "Authorization: Bearer rh-k\r\n"))
            #expect(limits.status == 403)
        }
    }

    @Test func aFallbackOutsideIsAnEscalation() async throws {
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) {
            $0.models[1].isOwn = false
        } _: { gateway, _ in
            #expect(try await gateway.ask(RouteSupport.chat()).status == 200)
            let record = try await gateway.record()
            #expect(record["escalated"] as? Bool == true && record["route"] as? String == "fallback:b after:a")
        }
    }

    /// What left the house has left it, whoever answers in the end.
    @Test func anEscalationThatFailedStaysOne() async throws {
        let kept = RecordKeeper()
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) {
            $0.models[0].isOwn = false
            $0.ledger = kept
        } _: { gateway, _ in
            #expect(try await gateway.ask(RouteSupport.chat()).status == 200)
            let record = try await kept.records(1)[0]
            #expect(record.escalated && record.escalatedModels == "a" && record.model == "b")
        }
    }

    @Test func aTranslationForOneModelIsNotForTheNext() async throws {
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) {
            $0.models[1].profile = .anthropic
            $0.models[1].capabilities = [.chat]
        } _: { gateway, upstreams in
            let body = #"{"model":"r","max_tokens":9,"system":"s","messages":[{"role":"user","content":"hi"}]}"#
            let answer = try await gateway.ask(Request.post(body, to: "/v1/messages"))
            #expect(answer.status == 200)
            let first = try #require(upstreams[0].requests.first)
            let second = try #require(upstreams[1].requests.first)
            #expect(first.head.hasPrefix("POST /v1/chat/completions") && first.text.contains(#""role":"system""#))
            #expect(second.head.hasPrefix("POST /v1/messages") && second.text.contains(#""system":"s""#))
        }
    }

    @Test func aFormIsSentOnToo() async throws {
        try await RouteSupport.run([Self.broken, RouteSupport.answers]) { setup in
            for index in setup.models.indices { setup.models[index].capabilities = [.transcription] }
        } _: { gateway, upstreams in
            let boundary = "xyz"
            let form =
                "--xyz\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nr\r\n--xyz\r\n"
                + "content-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFFsound\r\n--xyz--\r\n"
            let request =
                "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n"
                + "Content-Type: multipart/form-data; boundary=\(boundary)\r\nContent-Length: \(form.utf8.count)\r\n\r\n\(form)"
            let answer = try await gateway.ask(request)
            #expect(answer.status == 200 && answer.header("x-roundhouse-model") == "b")
            #expect(upstreams.allSatisfy { $0.requests.first?.text.contains("RIFFsound") == true })
            #expect(upstreams[1].requests.first?.text.contains("\r\n\r\nb\r\n") == true)
        }
    }

    @Test func whereARequestWouldGoIsExplained() async throws {
        try await RouteSupport.run([RouteSupport.answers, RouteSupport.answers]) {
            $0.models[0].capabilities = [.chat]
            $0.models[1].capabilities = [.chat, .vision]
        } _: { gateway, upstreams in
            let image = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}"#
            let body = #"{"messages":[{"role":"user","content":[\#(image)]}]}"#
            let answer = try await gateway.ask(Request.post(body, to: "/admin/route?model=r&feature=x"))
            #expect(answer.status == 200)
            let explanation = try #require(
                try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
            let candidates = try #require(explanation["candidates"] as? [[String: Any]])
            #expect(candidates.count == 1 && candidates[0]["model"] as? String == "b")
            let steps = try #require(explanation["steps"] as? [String])
            #expect(steps.contains("\"a\": passed over (rule:always): it cannot do vision"))
            #expect(explanation["needs"] as? [String] == ["vision"])
            #expect(RouteSupport.counts(upstreams) == [0, 0])
            for wrong in ["key=nobody", "team=nobody", "path=/v1/nothing", "what=1"] {
                #expect(try await gateway.ask(Request.post(body, to: "/admin/route?model=r&\(wrong)")).status == 400)
            }
        }
    }
}
