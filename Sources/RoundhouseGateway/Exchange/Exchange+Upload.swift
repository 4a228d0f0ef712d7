internal import NIOCore
internal import RoundhouseCore

#if canImport(Glibc)
private import Glibc
#endif

extension Exchange: SpoolOwner, SpoolSenderOwner {
    /// A form up to this size is read to its end before a mistake in it is answered, so that the connection can be kept; in
    /// bytes.
    private static let smallForm = 65_536

    /// Takes a piece of a form.
    func receive(_ piece: ByteBuffer, of upload: Upload) {
        do {
            try upload.take(piece, owner: self)
        } catch {
            if let length = facts.contentLength, length <= Self.smallForm {
                upload.mistake = error
            } else {
                fail(.invalidBody(message: error.message, parameter: error.parameter))
            }
            return
        }
        if upload.count > snapshot.settings.maxUpload {
            fail(.uploadTooLarge(limit: snapshot.settings.maxUpload))
        } else if upload.isCongested {
            connection.holdBody(true)
        }
    }

    /// The form is complete: decides what it asks for once all of it lies in its place.
    func complete(_ upload: Upload) {
        phase = .storing
        record.bytesIn = upload.count
        if let spool = upload.spool { spool.finish() } else { admitForm() }
    }

    func spoolAdvanced() {
        if upload?.isCongested == false { connection.holdBody(false) }
    }

    func spoolIsComplete() {
        guard case .storing = phase else { return }
        admitForm()
    }

    func spoolFailed(_ error: any Error) {
        fail(.uploadNotStored("The upload cannot be stored (\(Self.why(error))). \(Self.whereUploadsLie)"))
    }

    private func admitForm() {
        guard let upload else { return }
        do {
            try admit(upload)
        } catch {
            fail(error)
            return
        }
        takeLease()
    }

    private func admit(_ upload: Upload) throws(GatewayError) {
        let form: MultipartForm
        do {
            form = try upload.form()
        } catch {
            throw .invalidBody(message: error.message, parameter: error.parameter)
        }
        record.stream = form.stream
        upload.takesAnyText = api.hears && form.responseFormat == "text"
        guard let name = form.model else { throw .missingModel }
        try name.withUnsafeBufferPointer { bytes throws(GatewayError) in
            try chooseModel(UnsafeRawBufferPointer(bytes), nil)
        }
        try prepare(upload, form)
    }

    /// Makes of the form what the chosen model gets.
    func prepare(_ upload: Upload) throws(GatewayError) {
        let form: MultipartForm
        do {
            form = try upload.form()
        } catch {
            throw .invalidBody(message: error.message, parameter: error.parameter)
        }
        try prepare(upload, form)
    }

    private func prepare(_ upload: Upload, _ form: MultipartForm) throws(GatewayError) {
        try CapabilityCheck.check(model.capabilities, of: model, api: api)
        try checkWhetherServed()
        patch = BodyPatch.make(
            form: form, count: upload.count, boundary: upload.boundary,
            upstreamModel: snapshot.formUpstreams[modelIndex].modelName, defaults: model.requestDefaults,
            dropping: model.profile.rejectedFields)
        body = upload.memory
        hasImages = true
        if api.unit == .images { units.images = form.images ?? 1 }
        try takeLimits(maxTokens: nil)
    }

    /// Sends a form from its file.
    func sendUpload(
        _ upload: Upload, _ head: UpstreamRequest.Head, from file: SpoolFile, over connection: UpstreamConnection
    ) {
        var buffer = ByteBufferAllocator().buffer(capacity: 640)
        UpstreamRequest.writeHead(head, length: patch.length(of: upload.count), to: &buffer)
        connection.write(buffer)
        upload.send(patch, from: file, over: connection, owner: self)
    }

    func upstreamWritable() {
        upload?.sender?.sendMore()
    }

    func bodyAdvanced() {
        clock.sending(now: .now())
    }

    func bodyUnreadable(_ error: any Error) {
        fail(.uploadNotStored("The stored upload cannot be read again (\(Self.why(error))). \(Self.whereUploadsLie)"))
    }

    private static let whereUploadsLie =
        "Uploads of more than 1 MiB wait in the folder uploads below data (config/roundhouse.yaml) until the model has them."

    private static func why(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return String(cString: strerror(error.errnoCode)).lowercased()
    }
}
