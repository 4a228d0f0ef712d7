/// The `server` section of `config/roundhouse.yaml`.
public struct ServerSettings: Sendable, Equatable {
    /// Address or name to listen on. Loopback is open by default; any other refuses to start without a key.
    public var host = "127.0.0.1"
    /// TCP port; 0 lets the kernel choose.
    public var port = 8080
    /// Largest body of a JSON request, in bytes.
    public var maxBody = 32 << 20
    /// Largest upload (audio, images), in bytes.
    public var maxUpload = 1 << 30
    /// Time from the first byte of a request head to its last.
    public var headerTimeout: Duration = .seconds(10)
    /// Longest silence inside a request body; the whole body may take as long as it keeps coming at 1 KiB/s or more.
    public var bodyTimeout: Duration = .seconds(30)
    /// Time that a kept-alive connection may wait for its next request.
    public var idleTimeout: Duration = .seconds(75)
    /// Time that running answers have to finish after SIGTERM.
    public var shutdownTimeout: Duration = .seconds(30)
    /// Open client connections; further ones wait in the kernel's queue.
    public var maxConnections = 16_384
    /// Host names, besides loopback ones, that a request to a loopback bind may carry in `Host` (DNS rebinding).
    public var allowedHosts: [String] = []
    /// Certificate and key of the listener; nil is plain HTTP.
    public var tls: TLSFiles?
    /// Origins of web pages that may read answers (CORS), as browsers send them, `https://chat.example.com`; none by default.
    public var corsOrigins: [String] = []
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed; none by default.
    public var trustedProxies: [AddressRange] = []
    /// Event loops; nil means one for each core.
    public var loops: Int?

    /// The defaults above.
    public init() {}
}

/// `server.tls`: absolute paths of PEM files.
public struct TLSFiles: Sendable, Equatable {
    /// The certificate, with the chain behind it.
    public var certificate: String
    /// Its private key.
    public var key: String

    /// Makes a pair.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
