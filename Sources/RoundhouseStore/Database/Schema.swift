internal import GRDB

/// The tables of `ledger.sqlite`, version by version. What has been released is never changed: a change is a new version.
enum Schema {
    /// Brings any older file up to date.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in try db.execute(sql: version1) }
        migrator.registerMigration("2") { db in try db.execute(sql: version2) }
        migrator.registerMigration("3") { db in try db.execute(sql: version3) }
        return migrator
    }

    /// Texts that repeat are kept once in `names` and referred to by number; 0 is none. Money is in billionths of its
    /// currency's unit, null is unpriced. Counts are null where they are unknown. Codes of outcomes and usage sources are those
    /// of `StoredCodes`. `request_log` is the same for people.
    private static let version1 = """
        CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

        CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            started_ms INTEGER NOT NULL,
            request_id TEXT NOT NULL,
            route INTEGER NOT NULL,
            feature INTEGER NOT NULL,
            team INTEGER NOT NULL,
            key INTEGER NOT NULL,
            model INTEGER NOT NULL,
            backend INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            error INTEGER NOT NULL,
            currency INTEGER NOT NULL,
            requested_model TEXT,
            client TEXT,
            escalated INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            usage_source INTEGER NOT NULL,
            status INTEGER NOT NULL,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            audio_ms INTEGER,
            characters INTEGER,
            images INTEGER,
            cost INTEGER,
            queue_us INTEGER NOT NULL,
            load_us INTEGER NOT NULL,
            first_byte_us INTEGER,
            duration_us INTEGER NOT NULL,
            overhead_us INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL
        );
        CREATE INDEX requests_by_time ON requests (started_ms);

        CREATE TABLE usage_daily (
            day INTEGER NOT NULL,
            feature INTEGER NOT NULL,
            team INTEGER NOT NULL,
            key INTEGER NOT NULL,
            model INTEGER NOT NULL,
            backend INTEGER NOT NULL,
            currency INTEGER NOT NULL,
            escalated INTEGER NOT NULL,
            ok INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            cut INTEGER NOT NULL,
            cancelled INTEGER NOT NULL,
            unmetered INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            estimated_tokens INTEGER NOT NULL,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            audio_ms INTEGER,
            characters INTEGER,
            images INTEGER,
            cost INTEGER,
            PRIMARY KEY (day, feature, team, key, model, backend, currency, escalated)
        ) WITHOUT ROWID;

        CREATE TABLE escalations (
            seq INTEGER PRIMARY KEY,
            started_ns INTEGER,
            request_id TEXT,
            team TEXT,
            key TEXT,
            feature TEXT,
            requested_model TEXT,
            model TEXT,
            backend TEXT,
            reason TEXT,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            audio_ms INTEGER,
            characters INTEGER,
            images INTEGER,
            cost INTEGER,
            currency TEXT,
            outcome TEXT,
            previous BLOB NOT NULL,
            hash BLOB NOT NULL
        );
        CREATE TRIGGER escalations_never_change BEFORE UPDATE ON escalations
            BEGIN SELECT RAISE(ABORT, 'the escalation audit is append-only'); END;
        CREATE TRIGGER escalations_never_go BEFORE DELETE ON escalations
            BEGIN SELECT RAISE(ABORT, 'the escalation audit is append-only'); END;

        CREATE VIEW request_log AS SELECT
            r.id,
            strftime('%Y-%m-%dT%H:%M:%S', r.started_ms / 1000, 'unixepoch')
                || printf('.%03dZ', r.started_ms % 1000) AS time,
            r.request_id,
            (SELECT text FROM names WHERE id = r.route) AS route,
            (SELECT text FROM names WHERE id = r.feature) AS feature,
            (SELECT text FROM names WHERE id = r.team) AS team,
            (SELECT text FROM names WHERE id = r.key) AS key,
            r.client,
            r.requested_model,
            (SELECT text FROM names WHERE id = r.model) AS model,
            (SELECT text FROM names WHERE id = r.backend) AS backend,
            (SELECT text FROM names WHERE id = r.reason) AS reason,
            r.escalated, r.stream, r.status,
            CASE r.outcome WHEN 0 THEN 'ok' WHEN 1 THEN 'refused' WHEN 2 THEN 'failed' WHEN 3 THEN 'cut'
                WHEN 4 THEN 'cancelled' END AS outcome,
            (SELECT text FROM names WHERE id = r.error) AS error,
            CASE r.usage_source WHEN 0 THEN 'none' WHEN 1 THEN 'provider' WHEN 2 THEN 'estimated' END AS usage_source,
            r.input_tokens, r.cached_tokens, r.output_tokens, r.audio_ms, r.characters, r.images,
            r.cost / 1e9 AS cost,
            (SELECT text FROM names WHERE id = r.currency) AS currency,
            r.queue_us, r.load_us, r.first_byte_us, r.duration_us, r.overhead_us, r.bytes_in, r.bytes_out
        FROM requests r;
        """

    /// The id of a row begins with its time (see `RowID`), so that rows lie in the file in the order in which they are asked
    /// for, and no index has to be kept.
    private static let version2 = """
        DROP VIEW request_log;
        DROP INDEX requests_by_time;

        CREATE TABLE requests_2 (
            id INTEGER PRIMARY KEY,
            started_ms INTEGER GENERATED ALWAYS AS (id >> 20) VIRTUAL,
            request_id TEXT NOT NULL,
            route INTEGER NOT NULL,
            feature INTEGER NOT NULL,
            team INTEGER NOT NULL,
            key INTEGER NOT NULL,
            model INTEGER NOT NULL,
            backend INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            error INTEGER NOT NULL,
            currency INTEGER NOT NULL,
            requested_model TEXT,
            client TEXT,
            escalated INTEGER NOT NULL,
            stream INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            usage_source INTEGER NOT NULL,
            status INTEGER NOT NULL,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            audio_ms INTEGER,
            characters INTEGER,
            images INTEGER,
            cost INTEGER,
            queue_us INTEGER NOT NULL,
            load_us INTEGER NOT NULL,
            first_byte_us INTEGER,
            duration_us INTEGER NOT NULL,
            overhead_us INTEGER NOT NULL,
            bytes_in INTEGER NOT NULL,
            bytes_out INTEGER NOT NULL
        );

        INSERT INTO requests_2 (
            id,
            request_id, route, feature, team, key, model, backend, reason, error, currency, requested_model, client,
            escalated, stream, outcome, usage_source, status, input_tokens, cached_tokens, output_tokens, audio_ms,
            characters, images, cost, queue_us, load_us, first_byte_us, duration_us, overhead_us, bytes_in,
            bytes_out)
        SELECT
            (max(started_ms, 0) << 20) | (id & 1048575),
            request_id, route, feature, team, key, model, backend, reason, error, currency, requested_model, client,
            escalated, stream, outcome, usage_source, status, input_tokens, cached_tokens, output_tokens, audio_ms,
            characters, images, cost, queue_us, load_us, first_byte_us, duration_us, overhead_us, bytes_in,
            bytes_out
        FROM requests;
        DROP TABLE requests;
        ALTER TABLE requests_2 RENAME TO requests;

        CREATE VIEW request_log AS SELECT
            r.id,
            strftime('%Y-%m-%dT%H:%M:%S', r.started_ms / 1000, 'unixepoch')
                || printf('.%03dZ', r.started_ms % 1000) AS time,
            r.request_id,
            (SELECT text FROM names WHERE id = r.route) AS route,
            (SELECT text FROM names WHERE id = r.feature) AS feature,
            (SELECT text FROM names WHERE id = r.team) AS team,
            (SELECT text FROM names WHERE id = r.key) AS key,
            r.client,
            r.requested_model,
            (SELECT text FROM names WHERE id = r.model) AS model,
            (SELECT text FROM names WHERE id = r.backend) AS backend,
            (SELECT text FROM names WHERE id = r.reason) AS reason,
            r.escalated, r.stream, r.status,
            CASE r.outcome WHEN 0 THEN 'ok' WHEN 1 THEN 'refused' WHEN 2 THEN 'failed' WHEN 3 THEN 'cut'
                WHEN 4 THEN 'cancelled' END AS outcome,
            (SELECT text FROM names WHERE id = r.error) AS error,
            CASE r.usage_source WHEN 0 THEN 'none' WHEN 1 THEN 'provider' WHEN 2 THEN 'estimated' END AS usage_source,
            r.input_tokens, r.cached_tokens, r.output_tokens, r.audio_ms, r.characters, r.images,
            r.cost / 1e9 AS cost,
            (SELECT text FROM names WHERE id = r.currency) AS currency,
            r.queue_us, r.load_us, r.first_byte_us, r.duration_us, r.overhead_us, r.bytes_in, r.bytes_out
        FROM requests r;
        """

    /// The arm of a split that a request was given to, and how long answers took: sums over those that came to their end, and how
    /// many of them had a first byte. Of earlier days nothing is known of that, and the sums are 0.
    private static let version3 = """
        DROP VIEW request_log;
        ALTER TABLE requests ADD COLUMN arm INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE usage_daily_3 (
            day INTEGER NOT NULL,
            feature INTEGER NOT NULL,
            team INTEGER NOT NULL,
            key INTEGER NOT NULL,
            model INTEGER NOT NULL,
            backend INTEGER NOT NULL,
            arm INTEGER NOT NULL,
            currency INTEGER NOT NULL,
            escalated INTEGER NOT NULL,
            ok INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            cut INTEGER NOT NULL,
            cancelled INTEGER NOT NULL,
            unmetered INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            estimated_tokens INTEGER NOT NULL,
            timed INTEGER NOT NULL,
            duration_us INTEGER NOT NULL,
            first_bytes INTEGER NOT NULL,
            first_byte_us INTEGER NOT NULL,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            audio_ms INTEGER,
            characters INTEGER,
            images INTEGER,
            cost INTEGER,
            PRIMARY KEY (day, feature, team, key, model, backend, arm, currency, escalated)
        ) WITHOUT ROWID;
        INSERT INTO usage_daily_3
        SELECT day, feature, team, key, model, backend, 0, currency, escalated, ok, refused, failed, cut, cancelled,
            unmetered, estimated, estimated_tokens, 0, 0, 0, 0, input_tokens, cached_tokens, output_tokens, audio_ms,
            characters, images, cost
        FROM usage_daily;
        DROP TABLE usage_daily;
        ALTER TABLE usage_daily_3 RENAME TO usage_daily;

        CREATE VIEW request_log AS SELECT
            r.id,
            strftime('%Y-%m-%dT%H:%M:%S', r.started_ms / 1000, 'unixepoch')
                || printf('.%03dZ', r.started_ms % 1000) AS time,
            r.request_id,
            (SELECT text FROM names WHERE id = r.route) AS route,
            (SELECT text FROM names WHERE id = r.feature) AS feature,
            (SELECT text FROM names WHERE id = r.team) AS team,
            (SELECT text FROM names WHERE id = r.key) AS key,
            r.client,
            r.requested_model,
            (SELECT text FROM names WHERE id = r.model) AS model,
            (SELECT text FROM names WHERE id = r.backend) AS backend,
            (SELECT text FROM names WHERE id = r.reason) AS reason,
            (SELECT text FROM names WHERE id = r.arm) AS arm,
            r.escalated, r.stream, r.status,
            CASE r.outcome WHEN 0 THEN 'ok' WHEN 1 THEN 'refused' WHEN 2 THEN 'failed' WHEN 3 THEN 'cut'
                WHEN 4 THEN 'cancelled' END AS outcome,
            (SELECT text FROM names WHERE id = r.error) AS error,
            CASE r.usage_source WHEN 0 THEN 'none' WHEN 1 THEN 'provider' WHEN 2 THEN 'estimated' END AS usage_source,
            r.input_tokens, r.cached_tokens, r.output_tokens, r.audio_ms, r.characters, r.images,
            r.cost / 1e9 AS cost,
            (SELECT text FROM names WHERE id = r.currency) AS currency,
            r.queue_us, r.load_us, r.first_byte_us, r.duration_us, r.overhead_us, r.bytes_in, r.bytes_out
        FROM requests r;
        """
}
