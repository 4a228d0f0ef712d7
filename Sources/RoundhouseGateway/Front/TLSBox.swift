internal import NIOCore
internal import NIOSSL
internal import RoundhouseCore
internal import Synchronization

/// The listener's certificate, which can be replaced while connections go on.
final class TLSBox: Sendable {
    private let context: Mutex<NIOSSLContext>

    /// Reads the files.
    /// - Throws: `TLSFilesError`, with what is wrong.
    init(_ files: TLSFiles) throws {
        context = Mutex(try Self.context(files))
    }

    /// Uses other files, or other content, for the connections to come; on a mistake the old certificate stays.
    /// - Throws: `TLSFilesError`.
    func replace(with files: TLSFiles) throws {
        let new = try Self.context(files)
        context.withLock { $0 = new }
    }

    /// A handler for a connection.
    func handler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: context.withLock { $0 }) }

    private static func context(_ files: TLSFiles) throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            guard !chain.isEmpty else { throw TLSFilesError("\(files.certificate) holds no certificate in PEM form.") }
            let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
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
