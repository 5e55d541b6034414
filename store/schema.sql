-- The schema of a tunemock file, version 1. It is run once, in one transaction, when the file is
-- made; later versions are reached by the steps in migrate.c (schema_2.sql, ...), never by changing
-- this text.
--
-- The tables hold facts: what was asked, and when. How far a training is follows from its plan and
-- the clock and is stored nowhere. Numbers of enums are those of the API's protos. All rows but data
-- sets belong to a namespace; 0 is the default one.

-- "tune" in ASCII: how the file is known as ours before it is opened for writing.
PRAGMA application_id = 0x74756e65;
PRAGMA user_version = 1;

-- What must never be given out twice. One row, written with every commit that used new numbers.
CREATE TABLE numbering (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    last_seq INTEGER NOT NULL CHECK (last_seq >= 0),         -- highest seq of any row in any table
    last_counter INTEGER NOT NULL CHECK (last_counter >= 0)  -- highest number that ids came from
) STRICT;

INSERT INTO numbering (only_row, last_seq, last_counter) VALUES (1, 0, 0);

-- The examples of a create: immutable, stored once by content, shared by all models (of all
-- namespaces) that were tuned on them, deleted with the last of these.
CREATE TABLE data_set (
    data_set_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),   -- hash of the bytes, 32 hexadecimal digits
    bytes BLOB NOT NULL                             -- opaque here; the simulation encodes it
) STRICT;

-- One tuned model. Rows lie in the order of pages, so that a page is one stretch of the table, and
-- all but the two indexes of names grow at their end, so that a commit of many creates changes few
-- pages. What no query asks for is packed into one column: reading 50 models takes a fifth of the
-- time that it takes with a column for each fact.
CREATE TABLE model (
    namespace_id INTEGER NOT NULL,
    model_seq INTEGER NOT NULL CHECK (model_seq > 0),   -- order of creation; never used again
    id TEXT NOT NULL CHECK (id <> ''),                  -- without 'tunedModels/'
    data_set_id INTEGER REFERENCES data_set,            -- its examples; NULL: none
    facts BLOB NOT NULL CHECK (length(facts) > 0),      -- all else of struct store_model: facts.h
    PRIMARY KEY (namespace_id, model_seq),
    UNIQUE (namespace_id, id)
) STRICT, WITHOUT ROWID;

-- Tells whether a data set is used when one of its models is deleted; serves the foreign key.
CREATE INDEX model_by_data_set ON model (data_set_id);

-- The operations of a model.
CREATE TABLE operation (
    namespace_id INTEGER NOT NULL,
    model_seq INTEGER NOT NULL,
    id TEXT NOT NULL CHECK (id <> ''),      -- 'tunedModels/{model}/operations/{id}'
    seq INTEGER NOT NULL CHECK (seq > 0),   -- order of creation, in one series with models
    fixed TEXT NOT NULL,                    -- JSON of an operation that a seed gave whole; '': its
                                            -- state follows from its model
    PRIMARY KEY (namespace_id, model_seq, id),
    UNIQUE (namespace_id, seq),
    FOREIGN KEY (namespace_id, model_seq) REFERENCES model
) STRICT, WITHOUT ROWID;

-- Who may do what with a model.
CREATE TABLE permission (
    namespace_id INTEGER NOT NULL,
    model_seq INTEGER NOT NULL,
    id TEXT NOT NULL CHECK (id <> ''),      -- 'everyone', or digits
    seq INTEGER NOT NULL CHECK (seq > 0),   -- order of creation, in one series with models
    grantee_type INTEGER NOT NULL,          -- Permission.GranteeType: 1 user, 2 group, 3 everyone
    role INTEGER NOT NULL,                  -- Permission.Role: 1 owner, 2 writer, 3 reader
    email TEXT NOT NULL COLLATE NOCASE,     -- '' for everyone
    PRIMARY KEY (namespace_id, model_seq, id),
    FOREIGN KEY (namespace_id, model_seq) REFERENCES model
) STRICT, WITHOUT ROWID;

-- One permission per address, and the way from an address to its role.
CREATE UNIQUE INDEX permission_by_email ON permission (namespace_id, model_seq, email)
WHERE email <> '';
