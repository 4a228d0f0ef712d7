/// The folders that the gateway works with: what the command line says, else the environment, else a default.
public struct FolderPaths: Sendable, Equatable {
    /// Folder of model files and weights.
    public var models: String
    /// Folder of `roundhouse.yaml` and `keys.yaml`.
    public var config: String
    /// Folder of what Roundhouse itself writes; nil leaves it to `data:` in `roundhouse.yaml`, whose default is `data`.
    public var data: String?

    /// Decides; nil stands for an option that was not given. `MODELS_PATH` is LocalAI's name.
    public init(models: String?, config: String?, data: String?, environment: [String: String]) {
        let set = environment.filter { !$0.value.isEmpty }
        self.models =
            models ?? set["ROUNDHOUSE_MODELS"] ?? set["LOCALAI_MODELS_PATH"] ?? set["MODELS_PATH"] ?? "models"
        self.config = config ?? set["ROUNDHOUSE_CONFIG"] ?? "config"
        self.data = data ?? set["ROUNDHOUSE_DATA"]
    }
}
