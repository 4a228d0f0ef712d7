internal import ArgumentParser
internal import FoundationEssentials
internal import RoundhouseConfig
internal import RoundhouseCore

/// The folders, as every subcommand that reads them takes them.
struct FolderOptions: ParsableArguments {
    @Option(help: "Folder of model files and weights (default: $ROUNDHOUSE_MODELS, else models).")
    var models: String?

    @Option(help: "Folder of roundhouse.yaml and keys.yaml (default: $ROUNDHOUSE_CONFIG, else config).")
    var config: String?

    @Option(help: "Folder for what Roundhouse writes (default: $ROUNDHOUSE_DATA, else data: in roundhouse.yaml).")
    var data: String?

    /// The folders that these options and the environment come to.
    var paths: FolderPaths {
        FolderPaths(models: models, config: config, data: data, environment: ProcessInfo.processInfo.environment)
    }

    /// A loader of these folders.
    func loader(_ machine: MachineFacts = MachineFacts()) -> ConfigurationLoader {
        let paths = paths
        return ConfigurationLoader(
            models: paths.models, config: paths.config, data: paths.data,
            environment: ProcessInfo.processInfo.environment, machine: machine)
    }
}
