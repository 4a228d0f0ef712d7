internal import RoundhouseCore

/// Whether a model can do what a request asks for. Decided from capabilities, and not left to the engine, whose answers
/// to the impossible vary from 400 to 501 and to nonsense.
enum CapabilityCheck {
    /// - Parameters:
    ///   - capabilities: the model's.
    ///   - model: asked for only to explain a refusal, because a model is large.
    static func check(
        _ capabilities: CapabilitySet, of model: @autoclosure () -> Model, api: InferenceAPI,
        envelope: RequestEnvelope? = nil
    ) throws(GatewayError) {
        let missing: Capability
        if !capabilities.contains(api.capability) {
            missing = api.capability
        } else if let envelope, envelope.hasImages, !capabilities.contains(.vision) {
            missing = .vision
        } else if let envelope, envelope.hasTools, !capabilities.contains(.tools) {
            missing = .tools
        } else {
            return
        }
        let shown = missing == .vision ? "vision (images in messages)" : missing.rawValue
        let can = capabilities.map(\.rawValue).joined(separator: ", ")
        let model = model()
        throw .wrongCapability(
            "The model \(model.name.quotedForMessage) cannot do \(shown). It can do: \(can).\(remedy(missing, model))")
    }

    /// What its operator can do about it, where keys of the model's file add it.
    private static func remedy(_ missing: Capability, _ model: Model) -> String {
        guard case .launched(let settings) = model.placement, let keys = model.profile.launch?.keys else { return "" }
        if missing == .vision, keys.contains("mmproj"), settings.mmproj == nil {
            return " With the projector of its weights it could: the key `mmproj` in its file names it."
        }
        if missing == .tools, keys.contains("chat_template"), model.capabilities.contains(.chat) {
            return
                " It could with a chat template that knows tools (the key `chat_template` in its file names one), if "
                + "`capabilities` there, where they are given, name tools."
        }
        return ""
    }
}
