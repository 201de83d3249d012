-- By what its client knows the conversation that a batch is, where a spec was served.
ALTER TABLE batches ADD COLUMN served TEXT;
UPDATE batches SET served = json_extract(plan, '$.origin.served');
CREATE INDEX batches_by_context ON batches (served, launched_at) WHERE served IS NOT NULL;

-- The messages of clients that named them, by their names: one that comes again is found by it.
CREATE TABLE client_messages (
    id TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    PRIMARY KEY (id, run)
) WITHOUT ROWID;
CREATE INDEX client_messages_by_run ON client_messages (run);
