-- What the server keeps beside the register's own tables (which regsql makes
-- from the declaration). All names are srv_*. Ids are 16-byte BLOBs.

-- Numbers that other processes watch; one row.
-- generation grows with every Update that announced something.
CREATE TABLE IF NOT EXISTS srv_state (
  one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO srv_state VALUES (1, 0);

-- Small things by name: epoch, keys, root. Set by the server package.
CREATE TABLE IF NOT EXISTS srv_setting (
  key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Every 16-byte id that logs, lists and entries name often, and its number in
-- this file. Append-only, so that processes may cache it.
CREATE TABLE IF NOT EXISTS srv_name (
  no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;

-- The writers' dictionary: dots inside this file name writers by ref.
-- Append-only. A writer that some change merely names has a ref and no more.
CREATE TABLE IF NOT EXISTS srv_ref (
  ref INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT;

-- How far each writer's chain reaches. device is NULL for the server's own;
-- key keys the digests of values in the chain.
CREATE TABLE IF NOT EXISTS srv_writer (
  ref INTEGER PRIMARY KEY, device BLOB, kind INTEGER NOT NULL, key BLOB NOT NULL,
  last INTEGER NOT NULL, hash BLOB NOT NULL, refused INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS srv_writer_device ON srv_writer (device);

-- The logs: what each place in each log holds. Written once, never changed.
-- log and person are numbers of srv_name; code is NULL where the change was
-- applied; body is the change as its author signed it, effective the same with
-- longer Seen lists (NULL: no difference), places where its rows stood.
CREATE TABLE IF NOT EXISTS srv_entry (
  log INTEGER NOT NULL, num INTEGER NOT NULL, at INTEGER NOT NULL, w INTEGER NOT NULL, n INTEGER NOT NULL,
  person INTEGER NOT NULL, author_at INTEGER NOT NULL, code TEXT, detail TEXT,
  body BLOB NOT NULL, effective BLOB, places BLOB,
  PRIMARY KEY (log, num)) STRICT, WITHOUT ROWID;

-- The last number of each log.
CREATE TABLE IF NOT EXISTS srv_head (
  log INTEGER PRIMARY KEY, num INTEGER NOT NULL) STRICT;

-- How far each log is pruned: up to num nobody needs what its entries said, up to
-- stripped it is gone. Such an entry has an empty body.
CREATE TABLE IF NOT EXISTS srv_floor (
  log INTEGER PRIMARY KEY, num INTEGER NOT NULL, stripped INTEGER NOT NULL) STRICT;

-- Each writer's chain: the hash up to each change, and where it stands.
-- refused is 1 for a quarantined change.
CREATE TABLE IF NOT EXISTS srv_chain (
  w INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL, refused INTEGER NOT NULL,
  log INTEGER NOT NULL, num INTEGER NOT NULL,
  PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;
-- Refused changes are few and asked for by writer.
CREATE INDEX IF NOT EXISTS srv_chain_refused ON srv_chain (w, n) WHERE refused = 1;

-- The index lists: list is twice the number of a unit's or a device's id, plus
-- one where it is what the unit publishes.
CREATE TABLE IF NOT EXISTS srv_list (
  list INTEGER NOT NULL, log INTEGER NOT NULL, num INTEGER NOT NULL,
  PRIMARY KEY (list, log, num)) STRICT, WITHOUT ROWID;

-- What was so until an entry ended it: where a row stood (kind 1), what stood
-- above a unit (2), what a person might do where (3). of and log are numbers of
-- srv_name. One change may end two mandates of a person.
CREATE TABLE IF NOT EXISTS srv_past (
  kind INTEGER NOT NULL, of INTEGER NOT NULL, log INTEGER NOT NULL, num INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS srv_past_of ON srv_past (of, kind, log, num);

-- What is summed up of each unit: digests by class, own rows' and published
-- rows', and how often a subtree entered or left what lies below it.
CREATE TABLE IF NOT EXISTS srv_unit (
  id BLOB PRIMARY KEY, own BLOB NOT NULL, published BLOB NOT NULL, reshaped INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Who has which national id, telephone, name with birth date …: keyed hashes of
-- each, so that the file tells none of it.
CREATE TABLE IF NOT EXISTS srv_national_id (
  hash BLOB NOT NULL, member BLOB NOT NULL, PRIMARY KEY (hash, member)) STRICT, WITHOUT ROWID;

-- Every computer ever enrolled. seen is the cursor that it told us to hold;
-- logs the ids of the logs in which changes of its own stand.
CREATE TABLE IF NOT EXISTS srv_device (
  id BLOB PRIMARY KEY, key BLOB NOT NULL, person BLOB NOT NULL, unit BLOB NOT NULL, label TEXT NOT NULL,
  program TEXT NOT NULL, revoked INTEGER NOT NULL, seen BLOB, last_contact INTEGER NOT NULL, logs BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Where the snapshot stands that a device is being sent: what comes behind is
-- kept for it though it holds nothing yet.
CREATE TABLE IF NOT EXISTS srv_kept (
  device BLOB PRIMARY KEY, cursor BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Enrolment codes, by a hash of their token. device is the first that showed
-- it: the code is that device's for ever.
CREATE TABLE IF NOT EXISTS srv_code (
  hash BLOB PRIMARY KEY, person BLOB NOT NULL, unit BLOB NOT NULL, expires INTEGER NOT NULL,
  device BLOB) STRICT, WITHOUT ROWID;
