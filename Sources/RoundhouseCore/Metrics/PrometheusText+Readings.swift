extension PrometheusText {
    /// The gateway's own process.
    mutating func gauges(ofProcess readings: GatewayMetrics.Readings) {
        if let bytes = readings.residentBytes {
            family(.residentMemory)
            sample(.none, bytes)
        }
        if let bytes = readings.droppedLogBytes {
            family(.droppedLogBytes)
            sample(.none, bytes)
        }
        if let expiry = readings.certificateExpiry {
            family(.certificateExpiry)
            sample(.none, Int(expiry))
        }
    }

    /// The engines.
    mutating func workers(_ workers: [GatewayMetrics.WorkerGauge]) {
        let rows = workers.map { (MetricLabels([("model", $0.model)]), $0) }
        family(.workerState)
        for (labels, worker) in rows { sample(labels.with("state", worker.state), 1) }
        family(.workerActive)
        for (labels, worker) in rows { sample(labels, worker.active) }
        family(.workerWaiting)
        for (labels, worker) in rows { sample(labels, worker.waiting) }
        family(.workerRestarts)
        for (labels, worker) in rows { sample(labels, worker.restarts) }
        family(.workerMemory)
        for (labels, worker) in rows { if let bytes = worker.memoryBytes { sample(labels, bytes) } }
    }

    /// The endpoints of attached models.
    mutating func endpoints(_ endpoints: [GatewayMetrics.EndpointGauge]) {
        let rows = endpoints.map { (MetricLabels([("model", $0.model), ("endpoint", $0.endpoint)]), $0) }
        family(.endpointState)
        for (labels, endpoint) in rows { sample(labels.with("state", endpoint.state), 1) }
        family(.endpointActive)
        for (labels, endpoint) in rows { sample(labels, endpoint.active) }
    }

    /// The ledger.
    mutating func ledger(_ ledger: GatewayMetrics.LedgerGauge) {
        family(.ledgerWritten)
        sample(.none, ledger.written)
        family(.ledgerDropped)
        sample(.none, ledger.dropped)
        family(.ledgerWaiting)
        sample(.none, ledger.waiting)
        family(.ledgerLag)
        sample(.none, ledger.lagSeconds)
        family(.ledgerFailing)
        sample(.none, ledger.isFailing)
        family(.auditBroken)
        sample(.none, ledger.isAuditBroken)
        family(.auditHeadFailing)
        sample(.none, ledger.isHeadFailing)
    }

    /// The files.
    mutating func reload(_ reload: GatewayMetrics.ReloadGauge) {
        family(.reloadSuccess)
        sample(.none, reload.succeeded)
        family(.reloadTime)
        sample(.none, Int(reload.succeededAt))
        family(.reloads)
        sample(MetricLabels([("result", "applied")]), reload.applied)
        sample(MetricLabels([("result", "refused")]), reload.refused)
    }
}
