package replica

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
)

// What a server has confirmed it may lose: its disk dies, and a backup takes its
// place. So own changes that came back are kept as they were sent. Those of the
// last keepFor are all kept, whatever they weigh: no backup is older. Of what
// came before, the newest keepBytes.
const (
	keepFor   = 35 * 24 * 3600 * 1000 // ms of the server's clock
	keepBytes = 1 << 20
	packOf    = 256 // changes packed together
)

// keep takes own changes that leave the outbox into what is kept.
func (r *Replica) keep(w change.Ref, from, to uint64) error {
	at, err := metaInt(r.w, "server_time")
	if err != nil {
		return err
	}
	return r.w.Exec(`INSERT OR IGNORE INTO sync_kept (w, n, last, at, packed, body)
SELECT w, n, n, ?, 0, body FROM sync_outbox WHERE w = ? AND n BETWEEN ? AND ?`, at, w, from, to)
}

// tidyKept packs what is kept once there is enough of it, and lets go of what
// is no longer needed.
func (r *Replica) tidyKept() error {
	own, err := r.w.All("SELECT w, count(*) FROM sync_kept WHERE packed = 0 GROUP BY w HAVING count(*) >= ?", 2*packOf)
	if err != nil {
		return err
	}
	for _, v := range own {
		w := change.Ref(regsql.IntOf(v[0]))
		for more := true; more; {
			if more, err = r.packKept(w); err != nil {
				return err
			}
		}
		if err := r.trimKept(w); err != nil {
			return err
		}
	}
	return nil
}

// packKept packs the first changes of a writer that are not. They may have come
// back in another order than they were made, so the last ones stay as they are.
func (r *Replica) packKept(w change.Ref) (more bool, err error) {
	rows, err := r.w.All("SELECT n, at, body FROM sync_kept WHERE w = ? AND packed = 0 ORDER BY n LIMIT ?", w, 2*packOf)
	if err != nil || len(rows) < 2*packOf {
		return false, err
	}
	first, last := regsql.IntOf(rows[0][0]), regsql.IntOf(rows[0][0])
	var bodies [][]byte
	for i, v := range rows[:packOf] {
		n := regsql.IntOf(v[0])
		if i > 0 && n != last+1 {
			break
		}
		bodies, last = append(bodies, regsql.BytesOf(v[2])), n
	}
	pack, err := packBodies(bodies)
	if err != nil {
		return false, err
	}
	if err := r.w.Exec("DELETE FROM sync_kept WHERE w = ? AND n BETWEEN ? AND ?", w, first, last); err != nil {
		return false, err
	}
	return true, r.w.Exec("INSERT INTO sync_kept (w, n, last, at, packed, body) VALUES (?, ?, ?, ?, 1, ?)",
		w, first, last, rows[last-first][1], pack)
}

// trimKept lets go of the first packs of a writer while they are old and what is
// behind them weighs enough.
func (r *Replica) trimKept(w change.Ref) error {
	return r.w.Exec(`DELETE FROM sync_kept WHERE w = ?1 AND packed = 1 AND at < (SELECT value FROM sync_meta WHERE key = 'server_time') - ?2
AND (SELECT sum(length(k.body)) FROM sync_kept k WHERE k.w = ?1 AND k.n > sync_kept.n) > ?3`, w, keepFor, keepBytes)
}

// keptAfter returns what is kept of a writer behind number n, and takes it out.
func (r *Replica) keptAfter(w change.Ref, n uint64) (list []*change.Change, err error) {
	rows, err := r.w.All("SELECT packed, body FROM sync_kept WHERE w = ? AND last > ? ORDER BY n", w, n)
	if err != nil {
		return nil, err
	}
	for _, v := range rows {
		bodies := [][]byte{regsql.BytesOf(v[1])}
		if regsql.IntOf(v[0]) == 1 {
			if bodies, err = unpackKept(regsql.BytesOf(v[1])); err != nil {
				return nil, err
			}
		}
		for _, b := range bodies {
			c, err := change.Decode(append([]byte(nil), b...))
			if err != nil {
				return nil, fmt.Errorf("kept change: %w", err)
			}
			if c.N > n {
				list = append(list, c)
			}
		}
	}
	return list, nil
}

// packBodies packs changes together, as unpackKept reads them.
func packBodies(bodies [][]byte) ([]byte, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(256<<10))
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	var plain []byte
	for _, body := range bodies {
		plain = append(binary.AppendUvarint(plain, uint64(len(body))), body...)
	}
	return zip.EncodeAll(plain, nil), nil
}

func unpackKept(b []byte) (bodies [][]byte, err error) {
	unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unzip.Close()
	plain, err := unzip.DecodeAll(b, nil)
	if err != nil {
		return nil, fmt.Errorf("kept changes: %w", err)
	}
	in := change.Reader{B: plain}
	for len(in.B) > 0 && in.Err == nil {
		bodies = append(bodies, in.Blob())
	}
	return bodies, in.Err
}
