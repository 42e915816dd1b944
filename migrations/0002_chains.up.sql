-- An edited plan may be followed by what was made after the old one. What is still to be made again travels with the job that comes before it, so that
-- the next one can be queued in the transaction that commits a version. NULL for every other job.
ALTER TABLE jobs ADD COLUMN chain TEXT;
