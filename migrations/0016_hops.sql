-- How many messages led to this one, as it was first sent: what is sent again goes on counting there.
alter table messages add column hops integer not null default 0;
