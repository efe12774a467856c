-- Rooms, people, the archive, the copies of a message, and the journal (inbox and outbox).
-- Written so that PostgreSQL can carry it: no rowid tricks, ids are given by the program.

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    room TEXT NOT NULL,              -- opaque to all but the network
    UNIQUE (network, room)
);

CREATE TABLE portals (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL
);

CREATE TABLE legs (
    room INTEGER PRIMARY KEY REFERENCES rooms (id),
    portal INTEGER NOT NULL REFERENCES portals (id),
    address TEXT NOT NULL,           -- as the admin wrote it
    policy TEXT NOT NULL,            -- LegPolicy as JSON
    linked_at REAL NOT NULL
);
CREATE INDEX legs_of_portal ON legs (portal);

CREATE TABLE identities (
    id INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    account TEXT NOT NULL,           -- UserRef.id
    name TEXT NOT NULL,              -- what they were last called
    about TEXT NOT NULL,
    UNIQUE (network, account)
);

CREATE TABLE events (                -- the archive: every canonical event, in the order of its id
    id INTEGER PRIMARY KEY,
    portal INTEGER NOT NULL,
    room INTEGER NOT NULL,           -- where it happened
    author INTEGER,                  -- identities.id
    authority TEXT NOT NULL,         -- whose hand it was (Account.authority)
    kind TEXT NOT NULL,
    happened_at REAL NOT NULL,       -- by the network's clock
    received_at REAL NOT NULL,       -- by ours
    body BLOB NOT NULL               -- the event as JSON
);
CREATE INDEX events_of_portal ON events (portal, id);

CREATE TABLE copies (                -- what an event is called in each room that shows it
    room INTEGER NOT NULL,
    native TEXT NOT NULL,            -- opaque id, as the network gave it
    event INTEGER NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (room, native, event, part)
);
CREATE INDEX copies_of_event ON copies (event);

CREATE TABLE inbox (                 -- accepted from a network, not decided yet
    id INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE quarantine (            -- events that could not be decided; kept for a human
    id INTEGER PRIMARY KEY,
    failed_at REAL NOT NULL,
    error TEXT NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE outbox (                -- what a room must still be told
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    lane TEXT NOT NULL,              -- the speaker; order is kept within a lane
    event INTEGER,                   -- the event to tell, or
    command BLOB,                    -- a command of the bridge's own, as JSON
    created_at REAL NOT NULL,
    parts BLOB,                      -- frozen before the first byte leaves
    done INTEGER NOT NULL,           -- how many parts are evident
    attempts INTEGER NOT NULL,
    due_at REAL NOT NULL
);
CREATE INDEX outbox_of_room ON outbox (room, id);

CREATE TABLE state (                 -- durable facts of a network or of the bridge itself
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, key)
);
