-- Keys that signed tokens, kept as public keys: after a change, what the key before signed stays good for a day.
create table signing_keys (
  -- Lower-case hex SHA-256 of the public key's SPKI DER; the `kid` of its tokens.
  id text primary key,
  public_key text not null,
  first_used_at timestamptz not null,
  retired_at timestamptz
);
