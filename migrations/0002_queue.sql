-- The outbox. Embedded it is also the queue that consumers read; on AWS a sender moves rows to SQS.
create table messages (
  id text primary key,
  seq bigint generated always as identity,
  queue text not null,
  type text not null,
  group_key text,
  dedup_key text,
  body jsonb not null,
  created_at timestamptz not null,
  visible_at timestamptz not null,
  receipt text,
  receive_count integer not null default 0
);
create index messages_due on messages (queue, visible_at);
create index messages_group on messages (queue, group_key, seq) where group_key is not null;

create table message_dedup (
  queue text not null,
  dedup_key text not null,
  expires_at timestamptz not null,
  primary key (queue, dedup_key)
);

create table dead_letters (
  id text primary key,
  queue text not null,
  type text not null,
  group_key text,
  body jsonb not null,
  error text not null,
  receive_count integer not null,
  created_at timestamptz not null,
  received_at timestamptz not null
);
