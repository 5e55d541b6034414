-- The schema of a tunemock file, version 1. It is run once, in one transaction, when the file is
-- made; later versions are reached by the steps in migrate.c, never by changing this text.
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
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),  -- hash of the bytes, 32 hexadecimal digits
    bytes BLOB NOT NULL                            -- opaque here; the simulation encodes it
) STRICT;

-- One tuned model. Rows lie in the order of pages, so that a page is one stretch of the table.
-- What no query asks for is packed into one column: reading 50 models takes a fifth of the time
-- that it takes with a column for each fact.
CREATE TABLE model (
    namespace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),       -- order of creation; never used again
    id TEXT NOT NULL CHECK (id <> ''),          -- without 'tunedModels/'
    data_set TEXT REFERENCES data_set (name),   -- its examples; NULL: none
    facts BLOB NOT NULL CHECK (length(facts) > 0),  -- all else in struct store_model; see facts.h
    PRIMARY KEY (namespace_id, seq),
    UNIQUE (namespace_id, id)
) STRICT, WITHOUT ROWID;

-- Finds the other models of a data set when one is deleted, and serves the foreign key.
CREATE INDEX model_by_data_set ON model (data_set);

-- Operations. A seed may hold one whose model is gone, hence no foreign key.
CREATE TABLE operation (
    namespace_id INTEGER NOT NULL,
    model_id TEXT NOT NULL CHECK (model_id <> ''),  -- 'tunedModels/{model_id}/operations/{id}'
    id TEXT NOT NULL CHECK (id <> ''),
    seq INTEGER NOT NULL CHECK (seq > 0),       -- order of creation, in one series with models
    fixed TEXT NOT NULL,                        -- JSON of an operation that a seed gave whole;
                                                -- '': its state follows from its model
    PRIMARY KEY (namespace_id, model_id, id),
    UNIQUE (namespace_id, seq)
) STRICT, WITHOUT ROWID;

-- Who may do what with a model.
CREATE TABLE permission (
    namespace_id INTEGER NOT NULL,
    model_id TEXT NOT NULL,                     -- 'tunedModels/{model_id}/permissions/{id}'
    id TEXT NOT NULL CHECK (id <> ''),          -- 'everyone', or digits
    seq INTEGER NOT NULL CHECK (seq > 0),       -- order of creation, in one series with models
    grantee_type INTEGER NOT NULL,              -- Permission.GranteeType: 1 user, 2 group, 3 everyone
    role INTEGER NOT NULL,                      -- Permission.Role: 1 owner, 2 writer, 3 reader
    email TEXT NOT NULL COLLATE NOCASE,         -- '' for everyone
    PRIMARY KEY (namespace_id, model_id, id),
    FOREIGN KEY (namespace_id, model_id) REFERENCES model (namespace_id, id)
) STRICT, WITHOUT ROWID;

-- One permission per address, and the way from an address to its role.
CREATE UNIQUE INDEX permission_by_email ON permission (namespace_id, model_id, email)
WHERE email <> '';
