-- On AWS a row outlives its sending: it goes when its message was handled, so that what is lost on the way can be sent again.
alter table messages add column sent_at timestamptz;
create index messages_unsent on messages (seq) where sent_at is null;

-- Who signs people in besides passwords. What it takes lies encrypted in the object store: metadata may be large.
create table identity_provider (
  id text primary key,
  type text not null,
  settings_key text not null,
  stored_by text not null,
  stored_at timestamptz not null
);
