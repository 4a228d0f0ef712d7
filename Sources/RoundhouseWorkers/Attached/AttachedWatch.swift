internal import Logging
internal import RoundhouseCore
internal import Synchronization

/// Looks at the attached servers that can be asked about their models, all the while and off the request path: what each model
/// can do, whether it is loaded, and, once it is, tells how long it is to stay.
final class AttachedWatch: Sendable {
    private typealias Place = AttachedBook.Place

    private let book = Mutex(AttachedBook())
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let interval: Duration
    private let logger: Logger
    private let tells: Bool

    /// - Parameter tells: whether servers are told how long to keep their models, too.
    init(interval: Duration, logger: Logger, tells: Bool = true) {
        self.interval = interval
        self.tells = tells
        self.logger = logger
    }

    /// Takes up other models. With `isOffline` those whose server is not in the house are not asked about.
    func apply(_ models: [Model], isOffline: Bool) {
        book.withLock { book in
            book.apply(
                models.filter {
                    !$0.nativeEndpoints.isEmpty && $0.unavailable == nil && !(isOffline && $0.leavesTheHouse)
                })
        }
    }

    /// Who is to hear that models can do something else than was known.
    func whenLearnt(_ listener: @escaping @Sendable () -> Void) { self.listener.withLock { $0 = listener } }

    /// Begins to look.
    func start() {
        task.withLock { task in
            guard task == nil else { return }
            task = Task { [self] in
                while !Task.isCancelled {
                    await look()
                    do { try await Task.sleep(for: interval) } catch { return }
                }
            }
        }
    }

    /// Looks no more.
    func stop() { task.withLock { $0?.cancel() } }

    var status: [AttachedStatus] { book.withLock { $0.status } }

    /// The model with what its server says that it can do, if the file says nothing of that.
    func learnt(_ model: Model) -> Model {
        guard model.learnsCapabilities, let capabilities = book.withLock({ $0.capabilities(of: model) }) else {
            return model
        }
        var learnt = model
        learnt.capabilities = capabilities
        return learnt
    }

    /// One look at all servers, at the same time.
    func look() async {
        let models = book.withLock { $0.models }
        let before = models.map(learnt)
        let places = models.flatMap { model in model.nativeEndpoints.map { (model, $0) } }
        await withTaskGroup(of: Void.self) { group in
            for (endpoint, here) in Dictionary(grouping: places, by: \.1) {
                group.addTask { await self.look(at: endpoint, here.map(\.0)) }
            }
        }
        guard before != models.map(learnt) else { return }
        listener.withLock { $0 }?()
    }

    /// Asks a server what it has loaded, once for all models with the same key, and then about each of them.
    private func look(at endpoint: Endpoint, _ models: [Model]) async {
        var answers: [(key: Secret?, loaded: Result<[NativeAPI.Loaded], any Error>)] = []
        for model in models {
            guard let api = model.profile.native, !Task.isCancelled else { continue }
            let client = NativeClient(api: api, endpoint: endpoint, key: model.apiKey)
            if !answers.contains(where: { $0.key == model.apiKey }) {
                do { answers.append((model.apiKey, .success(try await client.loaded()))) } catch {
                    answers.append((model.apiKey, .failure(error)))
                }
            }
            let place = Place(model, endpoint)
            do {
                guard let loaded = try answers.first(where: { $0.key == model.apiKey })?.loaded.get() else { continue }
                let residence = book.withLock { $0.heard(loaded, of: model, at: place) }
                try await describe(model, place, client)
                if tells, let residence {
                    try await client.keep(model.upstreamName, residence)
                    book.withLock { $0[place].told = residence }
                }
            } catch {
                if !Task.isCancelled { note("\(error)", model, place) }
            }
        }
    }

    /// Asks what a model can do, unless that is known.
    private func describe(_ model: Model, _ place: Place, _ client: NativeClient) async throws {
        guard book.withLock({ $0[place].isToBeDescribed }) else { return }
        guard let details = try await client.details(of: model.upstreamName) else {
            let why = client.api.absence(of: model.upstreamName, among: try await client.names())
            let isNews = book.withLock { book in
                defer { book[place].problem = why }
                book[place].isMissing = true
                book[place].details = nil
                return book[place].problem != why
            }
            if isNews { logger.warning("\(why)", metadata: ["model": .string(model.name)]) }
            return
        }
        book.withLock { book in
            book[place].details = details
            book[place].isMissing = false
            book[place].isStale = false
            book[place].problem = nil
        }
    }

    private func note(_ why: String, _ model: Model, _ place: Place) {
        let isNews = book.withLock { book in
            let before = book[place].problem
            book.failed(why, at: place)
            return before != why
        }
        guard isNews else { return }
        logger.warning(
            "\(model.profile.name) cannot be asked about its models: \(why)",
            metadata: ["model": .string(model.name), "server": .string(place.endpoint.address.shown)])
    }
}
