-- Each text of a spec once; an empty one with an empty hash for runs whose content is not kept.
CREATE TABLE specs (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
) WITHOUT ROWID;

-- Processes that carry runs out, or did so.
CREATE TABLE owners (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    -- By what the process is told from a later one with its number: the machine's start, and its own.
    mark TEXT NOT NULL,
    -- Milliseconds since 1970. It is renewed while the process lives.
    expires_at INTEGER NOT NULL,
    -- How often runs were taken from it.
    n_taken INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    spec TEXT NOT NULL,
    -- Nanoseconds since 1970, as all times but those of leases.
    launched_at INTEGER NOT NULL,
    -- What its runs have in common, as JSON.
    plan TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_by_time ON batches (launched_at);

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    batch TEXT NOT NULL REFERENCES batches (id),
    idx INTEGER NOT NULL,
    spec TEXT NOT NULL,
    spec_hash TEXT NOT NULL REFERENCES specs (hash),
    state TEXT NOT NULL,
    is_over INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    planned_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    duration_ms REAL NOT NULL DEFAULT 0,
    label TEXT NOT NULL,
    -- The first line of what came of it.
    result TEXT NOT NULL DEFAULT '',
    -- JSON, from here on.
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '{}',
    error TEXT,
    usage TEXT NOT NULL DEFAULT '{}',
    tools TEXT NOT NULL DEFAULT '[]',
    forked_from TEXT,
    -- Its words are in the index, and its entries are packed.
    is_tidy INTEGER NOT NULL DEFAULT 0
);
-- All that the list is filtered by without looking at the rows themselves.
CREATE INDEX runs_by_batch ON runs (batch, idx, state, is_over, owner);
CREATE INDEX runs_by_text ON runs (spec_hash);
CREATE INDEX runs_by_spec ON runs (spec, planned_at);
CREATE INDEX runs_by_state ON runs (state, planned_at);
CREATE INDEX runs_by_owner ON runs (owner) WHERE is_over = 0;
CREATE INDEX runs_untidy ON runs (number) WHERE is_over = 1 AND is_tidy = 0;

-- The tools that a run called, by which it is found; runs.tools has them in their order.
CREATE TABLE calls (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    PRIMARY KEY (run, tool)
) WITHOUT ROWID;
CREATE INDEX calls_by_tool ON calls (tool);

-- What happened in a run: entries that follow one another, in one row, as lines of JSON; packed by zstd when a run is over.
-- They lie in the order in which they came: what a thousand runs write at once stands together, on few pages.
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    -- The number of the first one.
    first INTEGER NOT NULL,
    is_packed INTEGER NOT NULL DEFAULT 0,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX entries_by_run ON entries (run, first);

-- What was said and what tools gave, a row for each run with its number.
CREATE VIRTUAL TABLE words USING fts5 (
    said,
    content = '',
    contentless_delete = 1
);
