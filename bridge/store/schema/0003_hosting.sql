-- Hosted rooms: who was there from when to when, and private messages on their way.

CREATE TABLE spans (                 -- what a person may read of a hosted room
    room INTEGER NOT NULL,
    person INTEGER NOT NULL,         -- identities.id
    from_event INTEGER NOT NULL,     -- the first event of it
    to_event INTEGER,                -- the last; NULL: they are still there
    from_time REAL NOT NULL,         -- nothing that was said before, whenever it came in
    PRIMARY KEY (room, person, from_event)
);

CREATE TABLE whispers (              -- private messages, until they are delivered
    id INTEGER PRIMARY KEY,
    created_at REAL NOT NULL,
    body BLOB NOT NULL               -- as JSON
);
