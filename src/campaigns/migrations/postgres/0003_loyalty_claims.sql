-- The row comes first, as a claim, then the segment. `segment` is null until it is made; `claimed_at` is when
-- somebody last began making it, so that what a kill left is taken up again.
ALTER TABLE loyalty_documents ALTER COLUMN segment DROP NOT NULL;
ALTER TABLE loyalty_documents ADD COLUMN claimed_at timestamptz;
