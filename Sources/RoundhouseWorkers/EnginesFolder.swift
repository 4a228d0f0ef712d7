#if canImport(Glibc)
private import Glibc
#endif

/// Finds the folder `engines/`, which holds what Roundhouse brings along for engines that are Python packages.
public enum EnginesFolder {
    /// What to say when there is none.
    public static let missing =
        "The folder engines/, which comes with Roundhouse, was not found. Set ROUNDHOUSE_ENGINES to its path."

    /// Its absolute path: `$ROUNDHOUSE_ENGINES`; else `share/roundhouse/engines` next to the program's folder; else
    /// `engines` in any folder above the program (a checkout) or in the working directory.
    public static func find(environment: [String: String]) -> String? {
        if let named = environment["ROUNDHOUSE_ENGINES"], !named.isEmpty { return named }
        var candidates: [String] = []
        if let program = programPath() {
            var folders = program.split(separator: "/").dropLast().map(String.init)
            candidates.append("/" + (folders.dropLast() + ["share", "roundhouse", "engines"]).joined(separator: "/"))
            while !folders.isEmpty {
                candidates.append("/" + (folders + ["engines"]).joined(separator: "/"))
                folders.removeLast()
            }
        }
        if let current = getcwd(nil, 0) {
            candidates.append(String(cString: current) + "/engines")
            free(current)
        }
        return candidates.first { access($0 + "/llama-cpp/serve.py", R_OK) == 0 }
    }

    /// The path of the running program, links resolved.
    public static func programPath() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
