-- Nothing stands before the first schema: taking it back would be deleting the data folder. `portico migrate` never goes below 1.
SELECT 1;
