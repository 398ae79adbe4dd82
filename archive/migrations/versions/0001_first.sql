-- The first schema. The tables mirror archive/tables.py; functions and triggers stand only here.

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Indonesian stemming over letters without accents. Stop words are left out by search/, which folds
-- texts and queries alike: a stop-word file would have to lie on the database server.
CREATE TEXT SEARCH CONFIGURATION sahih (COPY = pg_catalog.indonesian);
ALTER TEXT SEARCH CONFIGURATION sahih
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part
    WITH unaccent, indonesian_stem;

CREATE TABLE account (
    id UUID NOT NULL,
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    nip TEXT DEFAULT '' NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    types JSONB,
    failed_count INTEGER DEFAULT '0' NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    active BOOLEAN DEFAULT 'true' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_username_key UNIQUE (username)
);
COMMENT ON COLUMN account.types IS 'permit types of the bidang; null: all';
CREATE TABLE audit_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT,
    detail JSONB NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_subject_idx ON audit_log (subject);
CREATE TABLE consumer (
    name TEXT NOT NULL,
    tx BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    CONSTRAINT consumer_pkey PRIMARY KEY (name)
);
CREATE TABLE event_epoch (
    singleton BOOLEAN DEFAULT 'true' NOT NULL,
    shift BIGINT NOT NULL,
    CONSTRAINT event_epoch_pkey PRIMARY KEY (singleton),
    CONSTRAINT event_epoch_singleton_check CHECK (singleton)
);
COMMENT ON COLUMN event_epoch.shift IS 'grows when a backup is restored into a new cluster';
CREATE TABLE number_series (
    type_code TEXT NOT NULL,
    year SMALLINT NOT NULL,
    start INTEGER NOT NULL,
    next INTEGER NOT NULL,
    CONSTRAINT number_series_pkey PRIMARY KEY (type_code, year)
);
COMMENT ON COLUMN number_series.start IS 'the first serial ever given in it';
COMMENT ON COLUMN number_series.next IS 'the serial that the next permit gets';
CREATE TABLE permit (
    id UUID NOT NULL,
    type_code TEXT NOT NULL,
    facts JSONB NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    batch_key TEXT,
    submitted_at TIMESTAMP WITH TIME ZONE,
    return_reason TEXT,
    number TEXT,
    serial INTEGER,
    series_year SMALLINT,
    token TEXT,
    approved_on DATE,
    valid_from DATE,
    valid_until DATE,
    signed_at TIMESTAMP WITH TIME ZONE,
    signer_name TEXT,
    signer_title TEXT,
    approval_digest TEXT,
    replaces UUID,
    replaced_by UUID,
    revoked_at TIMESTAMP WITH TIME ZONE,
    revoked_by TEXT,
    revocation_reason TEXT,
    template_digest TEXT,
    CONSTRAINT permit_pkey PRIMARY KEY (id),
    CONSTRAINT permit_type_code_batch_key_key UNIQUE (type_code, batch_key),
    CONSTRAINT permit_type_code_series_year_serial_key UNIQUE (type_code, series_year, serial),
    CONSTRAINT permit_number_check CHECK (num_nulls(number, serial, series_year, token) IN (0, 4)),
    CONSTRAINT permit_state_check CHECK (state IN (
        'draft','submitted','returned','withdrawn','signed','revoked','replaced')),
    CONSTRAINT permit_signed_check CHECK (state NOT IN ('signed','revoked','replaced') OR number IS NOT NULL),
    CONSTRAINT permit_number_key UNIQUE (number),
    CONSTRAINT permit_token_key UNIQUE (token),
    CONSTRAINT permit_replaces_fkey FOREIGN KEY(replaces) REFERENCES permit (id),
    CONSTRAINT permit_replaced_by_fkey FOREIGN KEY(replaced_by) REFERENCES permit (id)
);
CREATE INDEX permit_listed_idx ON permit (created_at, id);
CREATE INDEX permit_replaces_idx ON permit (replaces);
CREATE INDEX permit_state_idx ON permit (state, created_at, id);
CREATE TABLE search_document (
    permit_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    serial INTEGER NOT NULL,
    type_code TEXT NOT NULL,
    type_title TEXT NOT NULL,
    state TEXT NOT NULL,
    applicant TEXT NOT NULL,
    address TEXT NOT NULL,
    issued_on DATE NOT NULL,
    issued_year SMALLINT NOT NULL,
    valid_until DATE,
    signer TEXT NOT NULL,
    body TEXT NOT NULL,
    names TEXT NOT NULL,
    head TSVECTOR NOT NULL,
    words TSVECTOR NOT NULL,
    CONSTRAINT search_document_pkey PRIMARY KEY (permit_id)
);
CREATE INDEX search_document_names_idx ON search_document USING gin (names gin_trgm_ops);
CREATE INDEX search_document_newest_idx ON search_document (issued_on, permit_id);
CREATE INDEX search_document_number_key_idx ON search_document USING gin (number_key gin_trgm_ops);
CREATE INDEX search_document_numbered_idx ON search_document (type_code, issued_year, serial, permit_id);
CREATE INDEX search_document_words_idx ON search_document USING gin (words);
COMMENT ON COLUMN search_document.number_key IS 'letters and digits of the number, lower case';
COMMENT ON COLUMN search_document.body IS 'what highlights are cut from';
COMMENT ON COLUMN search_document.names IS 'applicant and address as they sound, for typing errors';
COMMENT ON COLUMN search_document.head IS 'weighted, without the pages: what ranks';
COMMENT ON COLUMN search_document.words IS 'all words: what matches';
CREATE TABLE api_key (
    id UUID NOT NULL,
    hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    scopes JSONB NOT NULL,
    account_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_key_pkey PRIMARY KEY (id),
    CONSTRAINT api_key_hash_key UNIQUE (hash),
    CONSTRAINT api_key_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX api_key_account_id_idx ON api_key (account_id);
COMMENT ON COLUMN api_key.hash IS 'SHA-256 of the key';
CREATE TABLE event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    tx BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    permit_id UUID NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    data JSONB NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (id),
    CONSTRAINT event_permit_id_fkey FOREIGN KEY(permit_id) REFERENCES permit (id)
);
CREATE INDEX event_order_idx ON event (tx, id);
CREATE INDEX event_permit_id_idx ON event (permit_id, id);
CREATE TABLE failure (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    room TEXT NOT NULL,
    permit_id UUID,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    attempts INTEGER DEFAULT '1' NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT failure_pkey PRIMARY KEY (id),
    CONSTRAINT failure_permit_id_fkey FOREIGN KEY(permit_id) REFERENCES permit (id)
);
CREATE UNIQUE INDEX failure_open_idx ON failure (room, permit_id, what) NULLS NOT DISTINCT WHERE resolved_at IS NULL;
COMMENT ON COLUMN failure.at IS 'when it happened last';
CREATE TABLE kept_bytes (
    permit_id UUID NOT NULL,
    n SMALLINT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    stored_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT kept_bytes_pkey PRIMARY KEY (permit_id, n),
    CONSTRAINT kept_bytes_permit_id_fkey FOREIGN KEY(permit_id) REFERENCES permit (id)
);
CREATE INDEX kept_bytes_stored_at_idx ON kept_bytes (stored_at);
COMMENT ON COLUMN kept_bytes.stored_at IS 'when the object store acknowledged them';
CREATE TABLE session (
    id_hash BYTEA NOT NULL,
    account_id UUID NOT NULL,
    csrf TEXT NOT NULL,
    address TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (id_hash),
    CONSTRAINT session_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX session_account_id_idx ON session (account_id);
CREATE INDEX session_expires_at_idx ON session (expires_at);
COMMENT ON COLUMN session.id_hash IS 'SHA-256 of the cookie''s token';
CREATE TABLE signing_batch (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT signing_batch_pkey PRIMARY KEY (id),
    CONSTRAINT signing_batch_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX signing_batch_account_id_idx ON signing_batch (account_id);
CREATE TABLE version (
    permit_id UUID NOT NULL,
    n SMALLINT NOT NULL,
    sha256 TEXT NOT NULL,
    level TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    object_key TEXT NOT NULL,
    object_version TEXT,
    verdict JSONB,
    visible BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT version_pkey PRIMARY KEY (permit_id, n),
    CONSTRAINT version_visible_check CHECK (NOT visible OR object_version IS NOT NULL),
    CONSTRAINT version_permit_id_fkey FOREIGN KEY(permit_id) REFERENCES permit (id)
);
CREATE INDEX version_sha256_idx ON version (sha256);
COMMENT ON COLUMN version.object_version IS 'null until the object store has acknowledged it';
COMMENT ON COLUMN version.verdict IS 'our own verification''s, at storing';
CREATE TABLE signing_item (
    batch_id UUID NOT NULL,
    permit_id UUID NOT NULL,
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    number TEXT,
    reason TEXT,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT signing_item_pkey PRIMARY KEY (batch_id, permit_id),
    CONSTRAINT signing_item_state_check CHECK (state IN ('waiting','signed','failed')),
    CONSTRAINT signing_item_batch_id_fkey FOREIGN KEY(batch_id) REFERENCES signing_batch (id),
    CONSTRAINT signing_item_permit_id_fkey FOREIGN KEY(permit_id) REFERENCES permit (id)
);
CREATE INDEX signing_item_permit_id_idx ON signing_item (permit_id);

-- Events are read in the order (tx, id), and only those whose transaction is older than every transaction
-- still running: so a reader that keeps its place never passes one that commits late.
-- event_epoch.shift keeps tx growing when a backup goes into a cluster whose transactions count from new.
INSERT INTO event_epoch (shift) VALUES (0);

CREATE FUNCTION event_clock() RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT shift + pg_current_xact_id()::text::bigint FROM event_epoch $$;

CREATE FUNCTION event_horizon() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT shift + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM event_epoch $$;

CREATE FUNCTION event_clock_catch_up() RETURNS void LANGUAGE sql AS
    $$
    UPDATE event_epoch SET shift = shift + late.by
    FROM (SELECT greatest((SELECT max(tx) FROM event), (SELECT max(tx) FROM consumer)) + 1
                 - event_horizon() AS by) AS late
    WHERE late.by > 0
    $$;

ALTER TABLE event ALTER COLUMN tx SET DEFAULT event_clock();

-- What only grows.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A number stays with its permit for ever, and a signed permit is never edited.
CREATE FUNCTION guard_permit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number IS NOT NULL AND (TG_OP = 'DELETE'
        OR (NEW.number, NEW.serial, NEW.series_year, NEW.token, NEW.type_code)
           IS DISTINCT FROM (OLD.number, OLD.serial, OLD.series_year, OLD.token, OLD.type_code)) THEN
        RAISE EXCEPTION 'permit %: its number stays', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN ('signed', 'revoked', 'replaced')
        AND (NEW.facts, NEW.approved_on, NEW.valid_from, NEW.valid_until, NEW.signed_at, NEW.signer_name,
             NEW.signer_title, NEW.approval_digest, NEW.template_digest, NEW.replaces)
            IS DISTINCT FROM
            (OLD.facts, OLD.approved_on, OLD.valid_from, OLD.valid_until, OLD.signed_at, OLD.signer_name,
             OLD.signer_title, OLD.approval_digest, OLD.template_digest, OLD.replaces) THEN
        RAISE EXCEPTION 'permit %: signed, never edited', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER permit_guard BEFORE UPDATE OR DELETE ON permit
    FOR EACH ROW EXECUTE FUNCTION guard_permit();

-- A version's bytes, once visible, are what people hold in their hands.
CREATE FUNCTION guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.visible AND (TG_OP = 'DELETE' OR NOT NEW.visible OR NEW.sha256 <> OLD.sha256
        OR NEW.object_key <> OLD.object_key) THEN
        RAISE EXCEPTION 'permit %: version % is issued', OLD.permit_id, OLD.n
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER version_guard BEFORE UPDATE OR DELETE ON version
    FOR EACH ROW EXECUTE FUNCTION guard_version();
