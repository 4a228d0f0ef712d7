internal import RoundhouseCore

/// Collects the findings of one load, so that all of them are reported and not just the first. Used by one task.
final class Problems {
    private(set) var all: [Problem] = []
    /// Whether something was found that the gateway must not start with.
    private(set) var refusesStart = false

    /// Something that the gateway must not start with.
    func error(_ location: SourceLocation?, _ message: String, fix: String? = nil) {
        all.append(Problem(severity: .error, location: location, message: message, fix: fix))
        refusesStart = true
    }

    /// Something that makes one model unusable on this machine, while the others serve.
    func unavailable(_ location: SourceLocation?, _ message: String, fix: String? = nil) {
        all.append(Problem(severity: .error, location: location, message: message, fix: fix))
    }

    /// Something that is accepted and probably not what was meant.
    func warning(_ location: SourceLocation?, _ message: String, fix: String? = nil) {
        all.append(Problem(severity: .warning, location: location, message: message, fix: fix))
    }

    /// Something that was decided for the user.
    func note(_ location: SourceLocation?, _ message: String, fix: String? = nil) {
        all.append(Problem(severity: .note, location: location, message: message, fix: fix))
    }
}
