/// Decides when the files are to be read again: when they differ from what was read last, and two looks in a row agree,
/// so that a file which an editor is still writing is left alone. A value; the caller looks every two seconds.
///
/// `if watch.look() { let result = loader.load(); if watch.settle(result) { apply or report } }`
public struct FileWatch: Sendable {
    private let models: String
    private let config: String
    private var also: [String]
    private var applied: FileFingerprint
    private var last: FileFingerprint?

    /// A watch over these folders, whose files were read with this result.
    public init(models: String, config: String, after result: LoadResult) {
        self.models = models
        self.config = config
        also = result.watchedFiles
        applied = result.fingerprint
    }

    /// Looks at the files; true if they are to be read now.
    public mutating func look() -> Bool { look(now()) }

    /// The same for a caller who has looked.
    mutating func look(_ now: FileFingerprint) -> Bool {
        defer { last = now }
        return now != applied && now == last
    }

    /// Takes note that the files were read, whatever came of it, be it after `look` or because somebody asked for it.
    ///
    /// False if they have changed while they were read: the result must not be used then unless somebody insists, and `look`
    /// will ask for another.
    public mutating func settle(_ result: LoadResult) -> Bool {
        also = result.watchedFiles
        let now = now()
        last = now
        guard now == result.fingerprint else { return false }
        applied = now
        return true
    }

    private func now() -> FileFingerprint {
        ConfigurationFiles.fingerprint(models: models, config: config, also: also)
    }
}
