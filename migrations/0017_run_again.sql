-- What a run needed to begin did not answer: no worker gets it before this time.
alter table runs add column again_at timestamptz;
