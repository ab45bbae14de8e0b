-- Since when which region serves: a row for each failover.
create table region_epochs (
  -- Names the failover, so that one that is run again goes on with its epoch.
  failover text primary key,
  epoch integer not null unique,
  region text not null,
  begun_at timestamptz not null
);

-- When another region began to serve and workers had to find it; over as soon as the worker was seen after it.
alter table workers add column awaited_since timestamptz;
