-- Version 6: a row of table model may be a tuning job, whose id is 'tuningJobs/{job}'; facts.c has what
-- it says. Run once, in one transaction, on a file of version 5.

PRAGMA user_version = 6;

-- The jobs of a namespace in their order: a page of them looks at no models, and a start counts
-- them.
CREATE INDEX model_of_job ON model (namespace_id, model_seq)
WHERE id >= 'tuningJobs/' AND id < 'tuningJobs0';
