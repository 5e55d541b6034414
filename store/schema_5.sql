-- Version 5: namespaces have names, and are counted. Run once, in one transaction, on a file of version 4.

PRAGMA user_version = 5;

-- As clients chose it; '' of the default one. A snapshot's has a blank in it, as no other: its rows
-- are what some process could go back to, and are deleted when the next one opens the file. Until
-- now there were numbers alone.
ALTER TABLE numbering ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE numbering SET name = 'namespace-' || namespace_id WHERE namespace_id <> 0;

-- The rows of table model, written with each commit that changes it: a start does not count them.
ALTER TABLE numbering ADD COLUMN model_count INTEGER NOT NULL DEFAULT 0;
UPDATE numbering SET model_count =
    (SELECT count(*) FROM model WHERE model.namespace_id = numbering.namespace_id);
