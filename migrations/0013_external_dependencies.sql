-- What a run waits for that happens outside, by the ids that push policies gave it.
create table run_external_dependencies (
  run_id text not null references runs (id) on delete cascade,
  dependency text not null,
  -- As it was reported; null until then.
  status text check (status in ('FINISHED', 'FAILED', 'SKIPPED')),
  reported_at timestamptz,
  primary key (run_id, dependency)
);
create index run_external_dependencies_dependency on run_external_dependencies (dependency);
