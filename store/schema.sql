-- The schema of a tunemock file, version 1. It is run once, in one transaction, when the file is
-- made; later versions are reached by the steps in migrate.c, never by changing this text.
--
-- The tables hold facts: what was asked, and when. How far a training is follows from its plan and
-- the clock and is stored nowhere. Times (_ns) are nanoseconds since 1970-01-01T00:00:00Z, emulated
-- time. Numbers of enums are those of the API's protos unless the column says otherwise. A text
-- that is not set is ''; a number is NULL only where "not set" must differ from 0.
--
-- All rows but data sets belong to a namespace; 0 is the default one.

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
CREATE TABLE model (
    namespace_id INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),       -- order of creation; never used again
    id TEXT NOT NULL CHECK (id <> ''),          -- without 'tunedModels/'
    version INTEGER NOT NULL CHECK (version >= 0),  -- API version of the create; tunemock's number
    base_model TEXT NOT NULL,                   -- 'models/...'
    source_model TEXT NOT NULL,                 -- 'tunedModels/...' it was tuned from
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    temperature REAL,                           -- sampling defaults; NULL: not set
    top_p REAL,
    top_k INTEGER,
    reader_project_numbers TEXT NOT NULL,       -- decimal numbers joined by commas
    create_ns INTEGER NOT NULL,
    update_ns INTEGER NOT NULL,                 -- as it was at create_ns; training moves it on

    -- The task as it was asked for; 0: not set, which only models taken from a seed have.
    epoch_count INTEGER NOT NULL CHECK (epoch_count >= 0),
    batch_size INTEGER NOT NULL CHECK (batch_size >= 0),
    learning_rate REAL,                         -- at most one of these two, NULL: not set
    learning_rate_multiplier REAL,
    start_ns INTEGER NOT NULL,                  -- when training starts
    data_set TEXT REFERENCES data_set (name),   -- the examples; NULL: none

    -- The rest of the plan, from which progress is computed.
    example_count INTEGER NOT NULL CHECK (example_count >= 0),
    total_steps INTEGER NOT NULL CHECK (total_steps >= 0),
    plan_learning_rate REAL NOT NULL,           -- multiplier and defaults applied
    step_ns INTEGER NOT NULL CHECK (step_ns >= -1),  -- time of a step; -1: as the base model's were
    data_hash INTEGER NOT NULL,                 -- 64 bits of the examples' hash, as a signed number
    noise_seed INTEGER NOT NULL,                -- 64 bits that make this model's noise, likewise

    -- How training ended, if not by itself.
    training_end INTEGER NOT NULL CHECK (training_end BETWEEN 0 AND 3),
        -- 0 by itself, 1 cancelled, 2 failed, 3 completed by force
    end_ns INTEGER NOT NULL,                    -- when; 0 if by itself
    end_code INTEGER NOT NULL,                  -- google.rpc.Code of the error
    end_message TEXT NOT NULL,

    -- A model taken from a seed as it is: it never advances.
    fixed_state INTEGER NOT NULL,               -- TunedModel.State; 0: simulated
    fixed_complete_ns INTEGER NOT NULL,         -- completeTime; 0: none
    fixed_snapshots TEXT NOT NULL,              -- JSON array of TuningSnapshot

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
