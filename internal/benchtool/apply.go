package benchtool

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// What the line brings at once: the server's chunks and the agent's slices.
const (
	chunkRows  = 500
	applySlice = 400
)

// receiver is a replica that never meets a server: what one would send it is
// made here.
type receiver struct {
	r     *replica.Replica
	log   change.ID
	rows  []*merge.Row
	byID  map[synth.ID]*merge.Row
	maker change.Ref // everybody else's writer
	n     uint64
}

// apply measures how fast a replica takes in a snapshot of the members and
// then the edits, in seconds of this process's CPU, on one processor.
func (b *bench) apply() error {
	v, err := b.newReceiver()
	if err != nil {
		return err
	}
	defer v.r.Close()
	if err := v.makeRows(b.w); err != nil {
		return err
	}
	batches, writes, err := v.makeEdits(b.w.Edits)
	if err != nil {
		return err
	}
	rows := len(v.rows)
	b.w, v.byID = nil, nil // the collector's work on them would count as the replica's
	var installed, applied time.Duration
	err = onOneProcessor(func() (err error) {
		if installed, err = cpu(v.install); err == nil {
			v.rows = nil
			runtime.GC()
			applied, err = cpu(func() error { return v.applyAll(batches) })
		}
		return err
	})
	if err == nil {
		b.f.SnapshotPerSecond = float64(rows) / installed.Seconds()
		b.f.ApplyPerSecond = float64(writes) / applied.Seconds()
	}
	return err
}

func onOneProcessor(f func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	return f()
}

func cpu(f func() error) (time.Duration, error) {
	began := cpuTime()
	err := f()
	return cpuTime() - began, err
}

func (b *bench) newReceiver() (*receiver, error) {
	id := replica.Identity{Device: change.ID{1}, Key: make([]byte, 64), Writers: []replica.OwnWriter{
		{Name: change.ID{2}, Kind: replica.Hand, Key: make([]byte, 32)}, {Name: change.ID{3}, Kind: replica.Bulk, Key: make([]byte, 32)}}}
	r, err := replica.Create(b.path("receiver.db"), replica.Env{Now: time.Now, Rand: rand.Reader}, id)
	if err != nil {
		return nil, err
	}
	v := &receiver{r: r, log: change.ID{4}, byID: map[synth.ID]*merge.Row{}}
	v.maker, err = r.Ref(change.ID{5})
	return v, err
}

// makeRows makes the members as a server would hold them: every one from a
// change of its own.
func (v *receiver) makeRows(w *synth.Workload) error {
	t := schema.ByName("member")
	for _, m := range w.Members {
		v.n++
		dot := change.Dot{W: v.maker, N: v.n}
		row := merge.NewRow(t, change.ID(m.ID), change.Birth{Dot: dot})
		writes, err := registerWrites(row, m.Set, nil)
		if err != nil {
			return err
		}
		row.Apply(dot, &change.RowWrite{Creates: true, Writes: writes})
		v.rows, v.byID[m.ID] = append(v.rows, row), row
	}
	return nil
}

// registerWrites makes the writes that put set over what the row shows. last
// knows which change wrote a register; without it nothing was seen.
func registerWrites(row *merge.Row, set map[string]any, last map[lastKey]change.Dot) ([]change.Write, error) {
	var out []change.Write
	for _, reg := range row.Table.Registers() {
		vals, named := append([]change.Value(nil), row.Shown(reg.No).Vals...), false
		for i, ci := range reg.Columns {
			raw, ok := set[row.Table.Columns[ci].Name]
			if !ok {
				continue
			}
			v, err := change.FromAny(raw)
			if err != nil {
				return nil, err
			}
			vals[i], named = v, true
		}
		if !named {
			continue
		}
		w := change.Write{Reg: reg.No, Vals: vals}
		if last != nil {
			seen, ok := last[lastKey{row.ID, reg.No}]
			if !ok {
				seen = row.Birth.Dot
			}
			w.Seen = []change.Dot{seen}
		}
		out = append(out, w)
	}
	return out, nil
}

type lastKey struct {
	row change.ID
	reg uint16
}

// makeEdits makes the edits into batches as the agent applies them, and counts
// the register writes.
func (v *receiver) makeEdits(edits []synth.Edit) (batches []*wire.Entries, writes int, err error) {
	last := map[lastKey]change.Dot{}
	for i, e := range edits {
		row := v.byID[e.ID]
		v.n++
		dot := change.Dot{W: v.maker, N: v.n}
		rw := change.RowWrite{Table: row.Table.No, ID: row.ID, Birth: row.Birth}
		if rw.Writes, err = registerWrites(row, e.Set, last); err != nil {
			return nil, 0, err
		}
		for _, w := range rw.Writes {
			last[lastKey{row.ID, w.Reg}] = dot
		}
		writes += len(rw.Writes)
		c := &change.Change{Dot: dot, Person: change.ID{6}, At: int64(i) * 1000, Log: v.log, Schema: schema.Version, Rows: []change.RowWrite{rw}}
		if i%applySlice == 0 {
			batches = append(batches, &wire.Entries{Log: v.log})
		}
		b := batches[len(batches)-1]
		b.Through = uint64(i + 1)
		b.Entries = append(b.Entries, wire.Entry{Num: b.Through, At: c.At, Kind: wire.EntryChange, Dot: dot, Change: c})
	}
	return batches, writes, nil
}

func (v *receiver) install() error {
	if err := v.r.BeginSnapshot(&wire.SnapshotBegin{ID: change.ID{7}}); err != nil {
		return err
	}
	var end wire.SnapshotEnd
	for at := 0; at < len(v.rows); at += chunkRows {
		c := &wire.Chunk{Index: end.Chunks, Rows: v.rows[at:min(at+chunkRows, len(v.rows))]}
		for _, row := range c.Rows {
			c.Metas = append(c.Metas, wire.Meta{Dot: row.Birth.Dot, Person: change.ID{6}})
		}
		if err := v.r.InstallChunk(c); err != nil {
			return err
		}
		end.Chunks++
	}
	for _, row := range v.rows {
		end.Digest = merge.Sums(end.Digest).Add(row.Sums(v.r))
	}
	return v.r.EndSnapshot(&end, change.Cursor{Epoch: change.ID{8}, Logs: map[change.ID]uint64{v.log: 0}}, nil)
}

func (v *receiver) applyAll(batches []*wire.Entries) error {
	for i, b := range batches {
		if err := v.r.Apply(b); err != nil {
			return fmt.Errorf("batch %d: %w", i, err)
		}
	}
	return nil
}
