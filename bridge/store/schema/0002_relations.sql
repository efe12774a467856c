-- Replies, threads, edits, retractions and reactions: how one event belongs to another.

ALTER TABLE events ADD COLUMN target INTEGER;      -- what it answers, edits, retracts or reacts to
ALTER TABLE events ADD COLUMN thread INTEGER;      -- the first message of its thread
ALTER TABLE events ADD COLUMN retracted_at REAL;   -- then its body says nothing any more
CREATE INDEX events_of_target ON events (target);

CREATE TABLE reactions (                           -- those that stand now
    target INTEGER NOT NULL,
    author INTEGER NOT NULL,                       -- identities.id
    key TEXT NOT NULL,                             -- as compared (see core/reactions.py)
    event INTEGER NOT NULL,                        -- the event that added it
    PRIMARY KEY (target, author, key)
);
CREATE INDEX events_of_thread ON events (thread);
