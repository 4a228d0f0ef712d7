/// Where bytes go: what a socket needs to know.
public enum UpstreamAddress: Sendable, Hashable {
    /// A Unix domain socket at this path.
    case unix(path: String)
    /// A host name or IP address and a port; `tls` means that the certificate is checked against `host`.
    case tcp(host: String, port: Int, tls: Bool)

    /// For people: a path, or host and port.
    public var shown: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port, _): "\(host):\(port)"
        }
    }
}

/// An upstream API: an address, and where on it the OpenAI API begins.
public struct Endpoint: Sendable, Hashable {
    /// Where to connect.
    public var address: UpstreamAddress
    /// What stands in the place of `/v1`, without a slash at its end: `/v1` unless the endpoint's URL has a path.
    public var basePath: String
    /// Value of the `Host` header.
    public var hostHeader: String

    /// Whether requests to it go through TLS.
    public var isEncrypted: Bool {
        if case .tcp(_, _, tls: true) = address { true } else { false }
    }

    /// Makes an endpoint.
    public init(address: UpstreamAddress, basePath: String = "/v1", hostHeader: String) {
        self.address = address
        self.basePath = basePath
        self.hostHeader = hostHeader
    }
}
