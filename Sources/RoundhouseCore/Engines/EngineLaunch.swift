/// How an engine is started, as data. Arguments are templates in which stand `${MODEL}` (path of the weights), `${NAME}` (the
/// model's public name), `${SOCKET}` (path of the Unix socket to listen on) and `${PORT}` (the loopback port to listen on);
/// `${FILES}` is a folder for what clients fetch later, and `${FILES_NAME}` its name in their URLs.
public struct EngineLaunch: Sendable, Equatable {
    /// What is run.
    public enum Program: Sendable, Equatable {
        /// `engines/FOLDER/serve.py` with the Python of the engine's environment.
        case script(String)
        /// A module, with the Python of the engine's environment: `-m MODULE`.
        case module(String)
        /// llama.cpp's server, which comes in several forms.
        case llamaServer
        /// The program that `command` of the model names.
        case command
    }

    /// What `parameters.model` must name.
    public enum Weights: Sendable, Equatable {
        /// A file, usually with one of these endings.
        case file([String])
        /// A folder, as Hugging Face lays them out.
        case folder
        /// Nothing, or a name that means something to the engine.
        case none
    }

    /// Where the engine listens.
    public enum Listening: Sendable, Equatable {
        /// On a Unix socket.
        case socket
        /// On a loopback port of our choice.
        case port
    }

    /// A program that must be on this machine besides.
    public struct Requirement: Sendable, Equatable {
        /// Its name on PATH.
        public var program: String
        /// How it is installed.
        public var hint: String
    }

    /// Weights to try an engine with.
    public enum Sample: Sendable, Equatable {
        /// It needs none.
        case notNeeded
        /// A file in the `models` folder that comes with Roundhouse.
        case shipped(String)
        /// What this program in `tools/tiny-models` writes, run with the engine's own Python.
        case made(String)
    }

    /// What is run.
    public var program: Program
    /// Name of the private Python environment that `roundhouse engines install` makes, and of the folder in `engines/` that says
    /// what goes into it; nil if there is none.
    public var environment: String?
    /// What `parameters.model` must name.
    public var weights: Weights
    /// Where it listens.
    public var listening = Listening.socket
    /// The arguments that are always given.
    public var arguments: [String]
    /// Arguments for keys of the model's YAML that are set: the key and the option that its value follows.
    public var options: [String: String] = [:]
    /// Arguments for an engine that is to serve one capability alone.
    public var modes: [Capability: [String]] = [:]
    /// Options of the engine that Roundhouse sets itself, so that `args` must not, and the key to use instead (empty: none).
    public var reserved: [String: String] = [:]
    /// Variables of the engine's environment, unless the gateway's own has them.
    public var variables: [String: String] = [:]
    /// Programs that it needs.
    public var requirements: [Requirement] = []
    /// Keys of a model's YAML that it understands.
    public var keys: [String]
    /// Weights to try it with; nil if there are none without a download.
    public var sample: Sample?
    /// Requests at a time, if the model does not say.
    public var parallel = 1
    /// Bytes that its processes take without a model, as they were measured with the pinned versions; for a first estimate.
    public var ownMemory = 700 << 20
    /// Time to become ready, if the model does not say.
    public var loadTimeout = Duration.seconds(120)

    init(_ program: Program, environment: String?, weights: Weights, arguments: [String], keys: [String]) {
        self.program = program
        self.environment = environment
        self.weights = weights
        self.arguments = arguments
        self.keys = keys
    }
}
