package replica

import (
	"fmt"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
)

// Kind of own writer: hand edits never stand behind an import.
type Kind int

// The kinds of own writers.
const (
	Hand Kind = iota
	Bulk
)

// Identity is what a device is enrolled with.
type Identity struct {
	Device  change.ID
	Key     []byte // Ed25519 private key
	URL     string
	Pin     []byte // SHA-256 of the server key
	Token   []byte // enrolment token, until the first snapshot is complete
	Label   string
	Writers []OwnWriter
}

// OwnWriter introduces one of the device's own writers.
type OwnWriter struct {
	Name change.ID
	Kind Kind
	Key  []byte // secret of the value digests
}

func (r *Replica) install(id Identity) error {
	for key, value := range map[string]any{
		"device": id.Device, "device_key": id.Key, "url": id.URL, "pin": id.Pin, "token": id.Token, "label": id.Label,
	} {
		if err := r.setMeta(key, value); err != nil {
			return err
		}
	}
	for _, w := range id.Writers {
		ref, err := r.ref(w.Name)
		if err != nil {
			return err
		}
		zero := change.Hash{}
		if err := r.w.Exec("INSERT INTO sync_own (ref, kind, key, hash, received_hash) VALUES (?, ?, ?, ?, ?)",
			ref, int(w.Kind), w.Key, zero, zero); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) setMeta(key string, value any) error {
	return r.w.Exec("INSERT INTO sync_meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value)
}

func metaValue(c *regsql.Conn, key string) (any, error) {
	row, err := c.One("SELECT value FROM sync_meta WHERE key = ?", key)
	if err != nil || row == nil {
		return nil, err
	}
	return row[0], nil
}

func metaInt(c *regsql.Conn, key string) (int64, error) {
	v, err := metaValue(c, key)
	return regsql.IntOf(v), err
}

func metaID(c *regsql.Conn, key string) (change.ID, error) {
	v, err := metaValue(c, key)
	return regsql.IDOf(v), err
}

func (r *Replica) addMeta(key string, n int64) error {
	return r.w.Exec("INSERT INTO sync_meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value", key, n)
}

// Identity returns what the device was enrolled with.
func (r *Replica) Identity() (id Identity, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT key, value FROM sync_meta")
		if err != nil {
			return err
		}
		m := map[string]any{}
		for _, row := range rows {
			m[regsql.TextOf(row[0])] = row[1]
		}
		id = Identity{Device: regsql.IDOf(m["device"]), Key: regsql.BytesOf(m["device_key"]), URL: regsql.TextOf(m["url"]),
			Pin: regsql.BytesOf(m["pin"]), Token: regsql.BytesOf(m["token"]), Label: regsql.TextOf(m["label"])}
		own, err := c.All("SELECT w.name, o.kind, o.key FROM sync_own o JOIN sync_writer w USING (ref) ORDER BY o.kind")
		for _, row := range own {
			id.Writers = append(id.Writers, OwnWriter{Name: regsql.IDOf(row[0]), Kind: Kind(regsql.IntOf(row[1])), Key: regsql.BytesOf(row[2])})
		}
		return err
	})
	return id, err
}

// dictionary caches the file's writer numbers. On a miss it reads them again:
// the other process on the file may have met a new writer.
type dictionary struct {
	c     *regsql.Conn
	names map[change.Ref]change.ID
	refs  map[change.ID]change.Ref
}

func newDictionary(c *regsql.Conn) *dictionary {
	return &dictionary{c: c, names: map[change.Ref]change.ID{}, refs: map[change.ID]change.Ref{}}
}

func (d *dictionary) put(ref change.Ref, name change.ID) {
	d.names[ref], d.refs[name] = name, ref
}

func (d *dictionary) load() error {
	rows, err := d.c.All("SELECT ref, name FROM sync_writer")
	for _, row := range rows {
		d.put(change.Ref(regsql.IntOf(row[0])), regsql.IDOf(row[1]))
	}
	return err
}

// Name gives a writer's lasting name. Every ref in the file is in its
// dictionary; a zero name could only come from a damaged file and shows as a
// digest that differs.
func (d *dictionary) Name(ref change.Ref) change.ID {
	name, ok := d.names[ref]
	if !ok && d.load() == nil {
		name = d.names[ref]
	}
	return name
}

// ref returns a writer's number in this file, a new one if need be; in a write
// transaction.
func (r *Replica) ref(name change.ID) (change.Ref, error) {
	if ref, ok := r.names.refs[name]; ok {
		return ref, nil
	}
	if err := r.names.load(); err != nil {
		return 0, err
	}
	if ref, ok := r.names.refs[name]; ok {
		return ref, nil
	}
	next, err := r.w.Int("SELECT coalesce(max(ref), 0) + 1 FROM sync_writer")
	if err != nil {
		return 0, err
	}
	if next > change.MaxWriter {
		return 0, fmt.Errorf("replica: more than %d writers", change.MaxWriter)
	}
	r.names.put(change.Ref(next), name)
	return change.Ref(next), r.w.Exec("INSERT INTO sync_writer (ref, name) VALUES (?, ?)", next, name)
}

// Ref is ref in a transaction of its own, for decoders.
func (r *Replica) Ref(name change.ID) (ref change.Ref, err error) {
	r.mu.Lock()
	known, ok := r.names.refs[name]
	r.mu.Unlock()
	if ok {
		return known, nil
	}
	err = r.write(func() error { ref, err = r.ref(name); return err })
	return ref, err
}

// Name gives a writer's lasting name, for encoders.
func (r *Replica) Name(ref change.Ref) change.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names.Name(ref)
}

// personNo returns the file's number for a person.
func (r *Replica) personNo(id change.ID) (int64, error) {
	row, err := r.w.One("SELECT no FROM sync_name WHERE id = ?", id)
	if err != nil {
		return 0, err
	}
	if row != nil {
		return regsql.IntOf(row[0]), nil
	}
	row, err = r.w.One("INSERT INTO sync_name (id) VALUES (?) RETURNING no", id)
	if err != nil {
		return 0, err
	}
	return regsql.IntOf(row[0]), nil
}
