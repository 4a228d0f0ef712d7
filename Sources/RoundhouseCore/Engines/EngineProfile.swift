/// The habits of one engine, as data. Whoever relays, supervises or validates reads them here; no other code asks for an
/// engine's name.
public struct EngineProfile: Sendable, Equatable {
    /// How an engine was made sure to work with this version.
    public enum Evidence: String, Sendable {
        /// Tests run the engine itself.
        case real
        /// Tests replay bytes that the engine sent once.
        case recorded
        /// Tests replay bytes from its documentation.
        case documented
    }

    /// The name in `backend:`.
    public var name: String
    /// Other names that people bring for it, LocalAI's among them.
    public var synonyms: [String]
    /// How it is started by us; nil if it cannot be, so that it needs an `endpoint`.
    public var launch: EngineLaunch?
    /// Path on the engine's server that answers 200 once it is ready.
    public var readinessPath: String
    /// What a model of it can do when neither the file nor the weights say otherwise.
    public var capabilities: CapabilitySet
    /// What a model of it can be declared to do besides.
    public var optionalCapabilities: CapabilitySet
    /// How that was made sure of.
    public var evidence: Evidence
    /// What was made sure of in another way than the rest.
    public var otherEvidence: [Capability: Evidence]
    /// Idle time after which the engine closes a kept-alive connection; the pool must be quicker. nil: unknown.
    public var keepAliveIdle: Duration?
    /// Requests after which the engine closes a kept-alive connection. nil: unlimited.
    public var keepAliveRequests: Int?
    /// Whether a complete event stream ends with `data: [DONE]`. If so, a stream without it was cut; if not, it is added.
    public var endsStreamsWithDone: Bool
    /// Whether an answer that it was stopped in ends like a whole one, but for `finish_reason: "abort"`.
    public var marksAborts: Bool
    /// Whether it understands `stream_options.include_usage`.
    public var reportsStreamUsage: Bool
    /// Top-level request fields that it answers with an error; they are left out.
    public var rejectedFields: [String]
    /// Fields of a completion that it takes and does nothing with, so that the answer would be another than was asked for.
    public var ignoredFields: [String]
    /// Whether its usage is that of one choice, also where there are several.
    public var countsOneChoice: Bool
    /// The only top-level request fields that it accepts; nil if it ignores what it does not know.
    public var acceptedFields: [String]?
    /// Whether the context it is told is divided by its slots, so that it must be told the product.
    public var dividesContext: Bool
    /// APIs of other dialects that it has itself: their paths behind its base path (`DialectAPI.nativePath`).
    public var nativePaths: [String]
    /// The header in which these APIs get the model's key, with what stands before it; nil is `authorization: Bearer`.
    public var nativeKeyHeader: String?
    /// Headers, in lower case, that these APIs must have; what a client sends itself counts more.
    public var nativeHeaders: [String: String]
    /// Whether it leaves out the tools of a request, and says nothing of it, when the chat template has no place for them.
    public var dropsToolsSilently: Bool
    /// Whether a process of it serves either text, or embeddings, or rerank.
    public var servesOneMode: Bool
    /// Whether a request that is not streamed goes on when its connection is closed, so that it is sent as a stream.
    public var cancelsOnlyStreams: Bool
    /// Sentences of its errors that help nobody, and what is said in their place.
    public var clearerErrors: [String: String]
    /// How an attached server of it is asked about its models, besides OpenAI's API; nil if it cannot be.
    public var native: NativeAPI?

    /// A profile with the habits of a plain OpenAI-compatible server.
    public init(
        name: String, synonyms: [String] = [], capabilities: CapabilitySet, launch: EngineLaunch? = nil,
        evidence: Evidence = .real
    ) {
        self.name = name
        self.synonyms = synonyms
        self.launch = launch
        self.readinessPath = "/health"
        self.capabilities = capabilities
        self.optionalCapabilities = []
        self.evidence = evidence
        self.otherEvidence = [:]
        self.endsStreamsWithDone = true
        self.marksAborts = false
        self.reportsStreamUsage = true
        self.rejectedFields = []
        self.ignoredFields = []
        self.countsOneChoice = false
        self.dividesContext = false
        self.nativePaths = []
        self.nativeHeaders = [:]
        self.dropsToolsSilently = false
        self.servesOneMode = false
        self.cancelsOnlyStreams = false
        self.clearerErrors = [:]
    }

    /// Whether Roundhouse can start it.
    public var canLaunch: Bool { launch != nil }

    /// Whether its answers to chats and completions have to be made into OpenAI's.
    public var translatesAnswers: Bool { cancelsOnlyStreams || !endsStreamsWithDone }

    /// Which request fields go to it.
    public var fields: FieldPolicy { acceptedFields.map { .only($0) } ?? .allBut(rejectedFields) }

    /// Which fields of a request go to it that was made out of another dialect's. Clouds refuse fields that they do not know, and these
    /// are only understood by engines that people run themselves.
    /// - Parameter outside: whether it runs elsewhere, at somebody else's.
    public func fields(ofTranslated outside: Bool) -> FieldPolicy {
        guard outside, acceptedFields == nil else { return fields }
        return .allBut(rejectedFields + ["chat_template_kwargs", "thinking_budget_tokens"])
    }

    /// How it was made sure that it can do something.
    public func evidence(for capability: Capability) -> Evidence { otherEvidence[capability] ?? evidence }

    /// Everything that a model of it may be declared to do.
    public var possibleCapabilities: CapabilitySet { capabilities.union(optionalCapabilities) }
}
