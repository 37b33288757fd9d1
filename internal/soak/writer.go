package soak

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"time"

	"dongbo/internal/replica"
	"dongbo/internal/soak/check"
	"dongbo/schema"

	_ "modernc.org/sqlite" // the writer's own connection, which knows nothing of us
)

// WriterConfig says which replica a writer works on and where its session goes on.
type WriterConfig struct {
	Replica, Session, Unit string
	Seq, Step              int     // of the session's last operation
	Rate                   float64 // operations a second
	Began                  int64   // of the run, ns since 1970
	Seed                   uint64
}

// columns are those that writers write.
var columns = []string{"phone", "email", "address", "notes"}

// writer is a program beside the daemon: it writes the tables with plain SQL,
// and through the engine what the program's own forms and settlements write. It
// does one thing after another and tells each in a line of the record.
type writer struct {
	c    WriterConfig
	out  *json.Encoder
	sql  *sql.Conn
	r    *replica.Replica
	dice *mathrand.Rand
	unit []byte
	code map[string]string // of units, by id
	seq  int
	step int
	made int      // values in this operation
	gone [][]byte // chaff that it deleted
	next time.Time
}

// Write is the writer's process: it works until ctx ends.
func Write(ctx context.Context, config string, out io.Writer) (err error) {
	w := &writer{out: json.NewEncoder(out), next: time.Now()}
	if err := json.Unmarshal([]byte(config), &w.c); err != nil {
		return err
	}
	w.seq, w.step = w.c.Seq, w.c.Step
	w.dice = mathrand.New(mathrand.NewPCG(w.c.Seed, uint64(w.seq)<<8|uint64(w.c.Session[len(w.c.Session)-1])))
	db, err := sql.Open("sqlite", "file:"+w.c.Replica+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	if w.sql, err = db.Conn(ctx); err != nil {
		return err
	}
	defer w.sql.Close()
	if w.r, err = replica.Open(w.c.Replica, replica.Env{Now: time.Now, Rand: rand.Reader, Pace: 20 * time.Millisecond}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.r.Close()) }()
	if w.code, err = codes(ctx, w.sql); err != nil {
		return err
	}
	for id, code := range w.code {
		if code == home(w.c.Unit) {
			w.unit = []byte(id)
		}
	}
	for w.waits(ctx) {
		if err := w.turn(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// home is the unit into which a writer of a superior unit enters members.
func home(unit string) string {
	if unit == "G2" {
		return unit
	}
	return "G1"
}

// waits waits for the time of the next operation; false: the end has come.
func (w *writer) waits(ctx context.Context) bool {
	w.next = w.next.Add(time.Duration(w.dice.ExpFloat64() / w.c.Rate * float64(time.Second)))
	if late := time.Since(w.next); late > time.Second {
		w.next = time.Now() // it was stopped; what it missed is not made up for
	}
	t := time.NewTimer(time.Until(w.next))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// turn does one operation. The database's refusals are outcomes, not errors.
func (w *writer) turn(ctx context.Context) error {
	w.seq++
	w.made = 0
	n := w.dice.IntN(100)
	switch {
	case n < 36:
		return w.plain(ctx, 1)
	case n < 44:
		return w.plain(ctx, 2)
	case n < 50:
		return w.insert(ctx)
	case n < 60:
		return w.chaff(ctx)
	case n < 72:
		return w.form(ctx)
	case n < 81:
		return w.settle()
	case n < 91:
		return w.look(ctx)
	default:
		return w.lookDeep()
	}
}

func (w *writer) now() int64 { return time.Now().UnixNano() - w.c.Began }

func (w *writer) begin() check.Op {
	return check.Op{Session: w.c.Session, Seq: w.seq, Kind: check.Txn, Step: w.step, Start: w.now(), Outcome: check.OK}
}

// tell writes the operation's line. Before a commit it says "unknown", for
// whoever is killed in it.
func (w *writer) tell(o check.Op, outcome string) error {
	o.Outcome, o.End = outcome, w.now()
	return w.out.Encode(o)
}

// value makes a value that nobody else makes.
func (w *writer) value() string {
	w.made++
	return fmt.Sprintf("%s.%d.%d", w.c.Session, w.seq, w.made)
}

// key names a row's column; codes are the units' by id.
func key(codes map[string]string, unit, id []byte, column string) string {
	return fmt.Sprintf("%s/%x/%s", codes[string(unit)], id[10:], column)
}

// codes reads the units' codes by id.
func codes(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, code FROM unit")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id []byte
		var code string
		if err := rows.Scan(&id, &code); err != nil {
			return nil, err
		}
		out[string(id)] = code
	}
	return out, rows.Err()
}

// scope is the units whose rows a replica of the unit receives.
func scope(unit string) string {
	switch unit {
	case "P1":
		return "P1 G1 G2"
	case "VN":
		return "VN P1 G1 G2"
	}
	return unit
}

// unsealed tells, inside a transaction, whether the engine has not yet taken in
// all that this program wrote: if it has, a new step begins.
var unsealed = "SELECT EXISTS (SELECT 1 FROM " + schema.CaptureTable + ") OR EXISTS (SELECT 1 FROM member WHERE " +
	schema.BirthColumn + " IS NULL)"
