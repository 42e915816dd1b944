-- The request that queued a job, so that what the log says about the job can be found by the id that its user was told. NULL for older jobs.
ALTER TABLE jobs ADD COLUMN request_id TEXT;
