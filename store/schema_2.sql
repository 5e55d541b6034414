-- Version 2: what a caller's lists need, so that no page looks at every model. Run once, in one
-- transaction, on a file of version 1.

PRAGMA user_version = 2;

-- One permission per address and model, and both ways: from an address and a model to the role, and
-- from an address to all models that it has a role on, in the order of pages. With one owner of
-- everything, the usual case, it grows at its end as the tables do.
DROP INDEX permission_by_email;
CREATE UNIQUE INDEX permission_by_email ON permission (namespace_id, email, model_seq)
WHERE email <> '';

-- The models that everyone may use, in the order of pages.
CREATE INDEX permission_of_everyone ON permission (namespace_id, model_seq) WHERE id = 'everyone';

-- A create numbers its operation right after its model, so that the operations of a caller's models
-- come in the order of these. All others, which seeds gave, are here.
CREATE INDEX operation_added ON operation (namespace_id, seq) WHERE seq <> model_seq + 1;
