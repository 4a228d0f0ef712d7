internal import NIOCore
internal import NIOSSL
internal import RoundhouseCore
internal import Synchronization

/// The listener's certificate, which can be replaced while connections go on.
final class TLSBox: Sendable {
    private let loaded: Mutex<Loaded>

    private struct Loaded {
        let context: NIOSSLContext
        let expiry: Int64
    }

    /// Reads the files.
    /// - Throws: `TLSFilesError`, with what is wrong.
    init(_ files: TLSFiles) throws {
        loaded = Mutex(try Self.load(files))
    }

    /// Uses other files, or other content, for the connections to come; on a mistake the old certificate stays.
    /// - Throws: `TLSFilesError`.
    func replace(with files: TLSFiles) throws {
        let new = try Self.load(files)
        loaded.withLock { $0 = new }
    }

    /// A handler for a connection.
    func handler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: loaded.withLock { $0.context }) }

    /// When the first certificate of the chain to expire does, in seconds since 1970.
    var expiry: Int64 { loaded.withLock { $0.expiry } }

    private static func load(_ files: TLSFiles) throws -> Loaded {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(files.certificate)
            guard let expiry = certificates.map({ Int64($0.notValidAfter) }).min() else {
                throw TLSFilesError("\(files.certificate) holds no certificate in PEM form.")
            }
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return Loaded(context: try NIOSSLContext(configuration: configuration), expiry: expiry)
        } catch let error as TLSFilesError {
            throw error
        } catch {
            throw TLSFilesError(
                "The certificate \(files.certificate) and its key \(files.key) (server.tls) cannot be used: \(error). "
                    + "Both must be PEM files, and belong together.")
        }
    }
}

/// Certificate or key cannot be used.
struct TLSFilesError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
