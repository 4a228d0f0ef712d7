/// One family of `/metrics`: the only place where its name stands.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Its name in Prometheus' text.
    let name: String
    let kind: Kind
    let help: String
    /// The metric of OpenTelemetry's semantic conventions that counts the same; `MetricFamily.all` says of which version.
    let openTelemetry: String?

    init(_ name: String, _ kind: Kind, _ help: String, openTelemetry: String? = nil) {
        self.name = name
        self.kind = kind
        self.help = help
        self.openTelemetry = openTelemetry
    }
}

extension MetricFamily {
    /// Every family, in the order of `/metrics`. OpenTelemetry's names are those of its GenAI semantic conventions 1.36.0
    /// (status: development), whose histograms are in seconds, as ours are; tokens are a histogram there, a counter here.
    static let all = process + requests + models + workers + endpoints + limits + ledger + configuration

    private static let process = [
        buildInfo, startTime, openConnections, residentMemory, droppedLogBytes, certificateExpiry,
    ]
    private static let requests = [requestCount, teamRequests, teamTokens, teamCost]
    private static let models =
        [
            tokens, cachedTokens, audioSeconds, characters, images, cost, escalations,
        ] + HistogramSet.Kind.allCases.map(\.family)
    private static let workers = [workerState, workerActive, workerWaiting, workerRestarts, workerMemory]
    private static let endpoints = [endpointState, endpointActive]
    private static let limits = [limitHits, limitAllowed, limitUsed, budgetAllowed, budgetSpent, budgetReserved]
    private static let ledger = [
        ledgerWritten, ledgerDropped, ledgerWaiting, ledgerLag, ledgerFailing, auditBroken, auditHeadFailing,
    ]
    private static let configuration = [reloadSuccess, reloadTime, reloads]
}

// MARK: The gateway itself

extension MetricFamily {
    static let buildInfo = MetricFamily("roundhouse_build_info", .gauge, "1, labelled with the version.")
    static let startTime = MetricFamily(
        "process_start_time_seconds", .gauge, "When the gateway started, in seconds since 1970.")
    static let residentMemory = MetricFamily(
        "process_resident_memory_bytes", .gauge, "Resident memory of the gateway itself.")
    static let openConnections = MetricFamily("roundhouse_open_connections", .gauge, "Open client connections.")
    static let droppedLogBytes = MetricFamily(
        "roundhouse_access_log_dropped_bytes_total", .counter, "Access-log bytes that could not be written.")
    static let certificateExpiry = MetricFamily(
        "roundhouse_tls_certificate_expiry_timestamp_seconds", .gauge,
        "When the listener's certificate expires, in seconds since 1970.")

    static let reloadSuccess = MetricFamily(
        "roundhouse_config_reload_success", .gauge,
        "1 if the files that were read last are used, 0 if they are refused.")
    static let reloadTime = MetricFamily(
        "roundhouse_config_reload_success_timestamp_seconds", .gauge,
        "When the files that are used were read, in seconds since 1970.")
    static let reloads = MetricFamily(
        "roundhouse_config_reloads_total", .counter, "Readings of changed files, by what came of them.")
}

// MARK: Requests and models

extension MetricFamily {
    static let requestCount = MetricFamily(
        "roundhouse_requests_total", .counter, "Requests by route, model, status and outcome.")
    static let teamRequests = MetricFamily(
        "roundhouse_team_requests_total", .counter, "Requests with a team's keys, by outcome.")
    static let teamTokens = MetricFamily(
        "roundhouse_team_tokens_total", .counter, "Tokens of requests with a team's keys, by direction.")
    static let teamCost = MetricFamily(
        "roundhouse_team_cost_total", .counter, "Price of requests with a team's keys, in units of the currency.")

    static let tokens = MetricFamily(
        "roundhouse_tokens_total", .counter, "Tokens by model and direction; source says who counted.",
        openTelemetry: "gen_ai.client.token.usage")
    static let cachedTokens = MetricFamily(
        "roundhouse_cached_tokens_total", .counter, "Those of the input tokens that came from an engine's cache.")
    static let audioSeconds = MetricFamily(
        "roundhouse_audio_seconds_total", .counter, "Seconds of audio, heard or spoken.")
    static let characters = MetricFamily(
        "roundhouse_characters_total", .counter, "Characters of text turned into speech.")
    static let images = MetricFamily("roundhouse_images_total", .counter, "Images made.")
    static let cost = MetricFamily(
        "roundhouse_cost_total", .counter, "Price of requests to priced models, in units of the currency.")
    static let escalations = MetricFamily(
        "roundhouse_escalations_total", .counter, "Requests that left this machine's own engines for a priced one.")

    static let firstToken = MetricFamily(
        "roundhouse_time_to_first_token_seconds", .histogram,
        "From a request's head to the first byte of its answer; streamed answers.",
        openTelemetry: "gen_ai.server.time_to_first_token")
    static let outputToken = MetricFamily(
        "roundhouse_time_per_output_token_seconds", .histogram,
        "Time for each token after the first; streamed answers that came to their end.",
        openTelemetry: "gen_ai.server.time_per_output_token")
    static let duration = MetricFamily(
        "roundhouse_request_duration_seconds", .histogram, "From a request's head to the end of its answer.",
        openTelemetry: "gen_ai.server.request.duration")
    static let queue = MetricFamily("roundhouse_queue_seconds", .histogram, "Time spent waiting for a place.")
    static let load = MetricFamily(
        "roundhouse_load_seconds", .histogram, "Time spent waiting for the engine to load.")
    static let overhead = MetricFamily(
        "roundhouse_overhead_seconds", .histogram, "What the gateway itself took before a request went upstream.")
}

extension HistogramSet.Kind {
    var family: MetricFamily {
        switch self {
        case .firstToken: .firstToken
        case .outputToken: .outputToken
        case .duration: .duration
        case .queue: .queue
        case .load: .load
        case .overhead: .overhead
        }
    }
}

// MARK: Engines, limits, ledger

extension MetricFamily {
    static let endpointState = MetricFamily(
        "roundhouse_endpoint_state", .gauge,
        "1 for the state that an endpoint of an attached model is in: well, paused, open (left alone) or half open.")
    static let endpointActive = MetricFamily(
        "roundhouse_endpoint_active_requests", .gauge, "Requests that an endpoint of an attached model is working on.")
    static let workerState = MetricFamily(
        "roundhouse_worker_state", .gauge, "1 for the state that a model's engine is in.")
    static let workerActive = MetricFamily(
        "roundhouse_worker_active_requests", .gauge, "Requests that an engine is working on.")
    static let workerWaiting = MetricFamily(
        "roundhouse_worker_waiting_requests", .gauge, "Requests that wait for an engine.")
    static let workerRestarts = MetricFamily(
        "roundhouse_worker_restarts_total", .counter, "Starts of an engine after a failure.")
    static let workerMemory = MetricFamily(
        "roundhouse_worker_memory_bytes", .gauge, "Resident memory of an engine and its descendants.")

    static let limitHits = MetricFamily(
        "roundhouse_limit_hits_total", .counter,
        "Requests that a limit refused, or with shadow would have refused, by whose limit it is and which.")
    static let limitAllowed = MetricFamily(
        "roundhouse_limit_allowed", .gauge, "Limits: requests and tokens in a minute, requests at the same time.")
    static let limitUsed = MetricFamily("roundhouse_limit_used", .gauge, "What is taken of a limit now.")
    static let budgetAllowed = MetricFamily(
        "roundhouse_budget_allowed", .gauge, "What may be spent in a period, in units of the currency.")
    static let budgetSpent = MetricFamily(
        "roundhouse_budget_spent", .gauge, "What is spent in the period, in units of the currency.")
    static let budgetReserved = MetricFamily(
        "roundhouse_budget_reserved", .gauge, "What running requests may still cost, in units of the currency.")

    static let ledgerWritten = MetricFamily(
        "roundhouse_ledger_records_written_total", .counter, "Records written to the ledger.")
    static let ledgerDropped = MetricFamily(
        "roundhouse_ledger_records_dropped_total", .counter, "Records that the ledger gave up.")
    static let ledgerWaiting = MetricFamily(
        "roundhouse_ledger_records_waiting", .gauge, "Records in memory that are not in the ledger yet.")
    static let ledgerLag = MetricFamily(
        "roundhouse_ledger_lag_seconds", .gauge, "How long the oldest record that is not in the ledger has waited.")
    static let ledgerFailing = MetricFamily(
        "roundhouse_ledger_failing", .gauge, "1 while records cannot be written to the ledger.")
    static let auditBroken = MetricFamily(
        "roundhouse_escalation_audit_broken", .gauge, "1 if the chain of escalations is not whole.")
    static let auditHeadFailing = MetricFamily(
        "roundhouse_escalation_head_failing", .gauge, "1 while the chain's head file cannot be written.")
}
