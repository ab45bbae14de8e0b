-- Repositories that stacks follow: what was last seen of them, and who is looking.
create table git_repositories (
  url text primary key,
  -- When `git_branches` was true; null until the first look.
  seen_at timestamptz,
  -- One look at a time: who takes it, until when at the latest, and how many asked for another one meanwhile.
  holder text,
  held_until timestamptz,
  asked_again integer not null default 0,
  polled_at timestamptz,
  -- Why the last look failed, in words.
  error text,
  error_at timestamptz,
  created_at timestamptz not null
);

create table git_branches (
  url text not null references git_repositories (url) on delete cascade,
  name text not null,
  hash text not null,
  primary key (url, name)
);
