-- What a replica keeps beside the register's own tables. Everything named
-- sync_* is local to the file.

-- Single facts: device, server address, cursor's epoch, counters.
CREATE TABLE IF NOT EXISTS sync_meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

-- The dictionary of writers: lasting 16-byte names and this file's numbers for them.
CREATE TABLE IF NOT EXISTS sync_writer (ref INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT;

-- This device's own writers. last/hash: the end of the chain. received/received_hash:
-- how far the server has given a receipt. fresh: the server may not know it yet.
CREATE TABLE IF NOT EXISTS sync_own (
  ref INTEGER PRIMARY KEY, kind INTEGER NOT NULL UNIQUE, key BLOB NOT NULL,
  last INTEGER NOT NULL DEFAULT 0, hash BLOB NOT NULL,
  received INTEGER NOT NULL DEFAULT 0, received_hash BLOB NOT NULL,
  fresh INTEGER NOT NULL DEFAULT 0) STRICT;

-- Writers that this file wrote as until it proved to be a copy or an old
-- backup; kept until a snapshot has told what the server has of them.
CREATE TABLE IF NOT EXISTS sync_parted (ref INTEGER PRIMARY KEY) STRICT;

-- Own changes that have not come back in the log yet, as they will be sent.
CREATE TABLE IF NOT EXISTS sync_outbox (
  w INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;

-- The chain's hashes of own changes that came back in the log before their
-- receipt did: with them the file can prove its chain to the server.
CREATE TABLE IF NOT EXISTS sync_link (
  w INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;

-- Which unsent changes edit which rows, in the order they were made. A change
-- that creates a row is not listed: the row's birth names it.
CREATE TABLE IF NOT EXISTS sync_pending (
  tbl INTEGER NOT NULL, id BLOB NOT NULL, seq INTEGER NOT NULL, w INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (tbl, id, seq)) STRICT, WITHOUT ROWID;

-- The confirmed layer of rows under unsent edits: what the row is at the cursor.
CREATE TABLE IF NOT EXISTS sync_confirmed (
  tbl INTEGER NOT NULL, id BLOB NOT NULL, birth INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (tbl, id)) STRICT, WITHOUT ROWID;

-- How far each of the server's logs has been received.
CREATE TABLE IF NOT EXISTS sync_cursor (log BLOB PRIMARY KEY, num INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The sum of the confirmed rows' hashes, unit by unit, all classes in one blob.
CREATE TABLE IF NOT EXISTS sync_digest (unit BLOB PRIMARY KEY, sums BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Who made a change and when; person is a number in sync_name. lag: how much
-- later, by the server's clock, the server ordered it; NULL: not known.
CREATE TABLE IF NOT EXISTS sync_change (
  w INTEGER NOT NULL, n INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, lag INTEGER,
  PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_name (no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;

-- Values that were superseded: what stood there and which change replaced it.
CREATE TABLE IF NOT EXISTS sync_history (
  tbl INTEGER NOT NULL, id BLOB NOT NULL, reg INTEGER NOT NULL, w INTEGER NOT NULL, n INTEGER NOT NULL,
  by_w INTEGER NOT NULL, by_n INTEGER NOT NULL, vals BLOB NOT NULL,
  PRIMARY KEY (tbl, id, reg, w, n, by_w, by_n)) STRICT, WITHOUT ROWID;

-- Open conflicts, derived from the rows' heads.
CREATE TABLE IF NOT EXISTS sync_conflict (
  id BLOB PRIMARY KEY, tbl INTEGER NOT NULL, row BLOB NOT NULL, reg INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sync_conflict_row ON sync_conflict (tbl, row);

-- Own changes that the server refused, as they were typed, with the reason.
CREATE TABLE IF NOT EXISTS sync_quarantine (
  w INTEGER NOT NULL, n INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL,
  body BLOB NOT NULL, seen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;

-- What a person asked of the agent ("sync now") and how it goes.
CREATE TABLE IF NOT EXISTS sync_request (no INTEGER PRIMARY KEY, what TEXT NOT NULL, at INTEGER NOT NULL, done INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS sync_session (
  no INTEGER PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER, sent INTEGER NOT NULL DEFAULT 0,
  received INTEGER NOT NULL DEFAULT 0, bytes_up INTEGER NOT NULL DEFAULT 0, bytes_down INTEGER NOT NULL DEFAULT 0,
  outcome TEXT) STRICT;

-- A later snapshot on its way, put aside until it is whole.
CREATE TABLE IF NOT EXISTS sync_stage (chunk INTEGER NOT NULL, place INTEGER NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (chunk, place)) STRICT, WITHOUT ROWID;

-- Which register row came from which row of which spreadsheet.
CREATE TABLE IF NOT EXISTS sync_import (
  file TEXT NOT NULL, record TEXT NOT NULL, id BLOB NOT NULL, PRIMARY KEY (file, record)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sync_import_row ON sync_import (id);

-- Search and sorting of members: folded words, and the collation key of the name.
CREATE VIRTUAL TABLE IF NOT EXISTS sync_search USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 0");
CREATE TABLE IF NOT EXISTS sync_sort (key BLOB NOT NULL, birth INTEGER NOT NULL, PRIMARY KEY (key, birth)) STRICT, WITHOUT ROWID;

-- Own changes that came back, as they were sent, to be sent again to a server
-- that was restored from a backup. The first ones of a writer are packed, many
-- to a row (n to last). at: the server's clock when they came back.
CREATE TABLE IF NOT EXISTS sync_kept (
  w INTEGER NOT NULL, n INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL, packed INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (w, n)) STRICT, WITHOUT ROWID;

-- Of each own writer: the server's last signed word on its changes, and up to
-- which number they were made before the file heard of the last restore.
CREATE TABLE IF NOT EXISTS sync_recall (ref INTEGER PRIMARY KEY, again INTEGER NOT NULL DEFAULT 0, through INTEGER NOT NULL DEFAULT 0, receipt TEXT) STRICT;
