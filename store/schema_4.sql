-- Version 4: the facts of a model say what moves its training on, and how it was moved. The tables are as
-- they were: this keeps programs away that would lose what they do not know.
-- Run once, in one transaction, on a file of version 3.

PRAGMA user_version = 4;
