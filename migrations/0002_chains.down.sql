-- What was still to be made again after an edited plan is lost; the versions that were made already stay.
ALTER TABLE jobs DROP COLUMN chain;
