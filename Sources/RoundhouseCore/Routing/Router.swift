/// Turns the name in a request into the model that serves it. Immutable and synchronous.
public struct Router: Sendable {
    /// Why a model was chosen; what `x-roundhouse-route` says.
    public enum Reason: String, Sendable {
        /// The request named the model itself.
        case name
        /// The request used one of its aliases.
        case alias
    }

    /// A model and why it was chosen.
    public struct Match: Sendable {
        /// Index into `models`.
        public var index: Int
        /// Why.
        public var reason: Reason
    }

    /// All models, in the order of the configuration.
    public let models: [Model]
    private let table: NameTable
    private let names: [(name: String, index: Int)]

    /// A router over the models of one configuration, whose names and aliases are unique.
    public init(models: [Model]) {
        self.models = models
        var entries: [(name: String, value: Int)] = []
        for (index, model) in models.enumerated() {
            entries.append((model.name, index << 1))
            for alias in model.aliases { entries.append((alias, index << 1 | 1)) }
        }
        table = NameTable(entries)
        names = entries.map { ($0.name, $0.value >> 1) }
    }

    /// The model that serves requests for this name.
    public func match(_ name: UnsafeRawBufferPointer) -> Match? {
        guard let value = table.value(for: name) else { return nil }
        return Match(index: value >> 1, reason: value & 1 == 0 ? .name : .alias)
    }

    /// The same for a `String`, off the request path.
    public func match(_ name: String) -> Match? {
        var copy = name
        return copy.withUTF8 { match(UnsafeRawBufferPointer($0)) }
    }

    /// Up to three names that look like this one and that the caller may use, the nearest first.
    public func nearest(to name: String, for grant: Grant) -> [String] {
        NearestName.among(names.filter { grant.allows($0.index) }.map(\.name), of: name, limit: 3)
    }
}
