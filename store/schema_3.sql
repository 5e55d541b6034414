-- Version 3: each namespace has a numbering of its own, so that what happens in one shows in no other.
-- Run once, in one transaction, on a file of version 2.

PRAGMA user_version = 3;

CREATE TEMP TABLE numbering_of_file AS SELECT last_seq, last_counter FROM numbering;
DROP TABLE numbering;

-- What must never be given out twice. The row of a namespace is written with every commit that used
-- new numbers of it.
CREATE TABLE numbering (
    namespace_id INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL CHECK (last_seq >= 0),         -- highest seq of any row in any table
    last_counter INTEGER NOT NULL CHECK (last_counter >= 0)  -- highest number that ids came from
) STRICT;

-- The default namespace goes on where the file was; so does any other that has rows, since rows of
-- it that are gone had numbers of the one series, too. Each step finds the next namespace by the
-- table's order.
INSERT INTO numbering (namespace_id, last_seq, last_counter)
WITH RECURSIVE space (id) AS (
    SELECT 0
    UNION
    SELECT (SELECT min(namespace_id) FROM model WHERE namespace_id > space.id)
    FROM space WHERE space.id IS NOT NULL
)
SELECT space.id, last_seq, last_counter FROM space JOIN numbering_of_file
WHERE space.id IS NOT NULL;

DROP TABLE temp.numbering_of_file;
