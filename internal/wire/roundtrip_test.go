package wire_test

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// A world draws messages from a small stock of ids, so that they come again.
type world struct {
	*rapid.T
	stock []change.ID
	names *book
}

func newWorld(t *rapid.T) *world {
	w := &world{T: t}
	for i := range 12 {
		id := change.ID{1, byte(i), 2, 3, 4, 5, byte(i * 31), 7, byte(i * 17), 9}
		if i%2 == 0 {
			id[6], id[8] = 0x70|id[6]&15, 0x80|id[8]&63
		}
		w.stock = append(w.stock, id)
	}
	w.names = newBook(w.stock[:6]...)
	return w
}

func (w *world) int(n int) int { return rapid.IntRange(0, n-1).Draw(w.T, "n") }
func (w *world) bool() bool    { return w.int(2) == 1 }
func (w *world) u64() uint64   { return rapid.Uint64().Draw(w.T, "u64") }
func (w *world) i64() int64    { return rapid.Int64().Draw(w.T, "i64") }
func (w *world) u16() uint16   { return rapid.Uint16().Draw(w.T, "u16") }
func (w *world) bytes() []byte {
	if b := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(w.T, "bytes"); len(b) > 0 {
		return b
	}
	return nil
}

func (w *world) id() change.ID {
	if w.int(4) == 0 {
		return change.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(w.T, "id"))
	}
	return w.stock[w.int(len(w.stock))]
}

func (w *world) hash() (h change.Hash) {
	if w.bool() {
		copy(h[:], w.bytes())
	}
	return h
}

func (w *world) text() string {
	return rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "active", "Đoàn viên", "a\x00b", "2024-02-29", "2023-02-29", "0000-01-01", "0000-03-01",
			"9999-12-31", "2024", "2024-05", "0901234567", "BD00000001", "BD1", "000000000000000000", "999999999999999999", "9999999999999999999", "\xff\xfe"}),
		rapid.StringMatching(`[A-Z]{0,3}[0-9]{3,19}`), rapid.StringMatching(`20[0-9]{2}-[01][0-9]-[0-3][0-9]`),
	).Draw(w.T, "text")
}

func (w *world) value() change.Value {
	switch w.int(6) {
	case 0:
		return change.Int(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 100000, 4500000, -1 << 63, 1<<63 - 1})).Draw(w.T, "int"))
	case 1:
		return change.Real(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{2.34, 1e300, 0.1, -4.98, 12, 1 << 60})).Draw(w.T, "real"))
	case 2, 3:
		return change.Text(w.text())
	case 4:
		if w.bool() {
			return change.IDValue(w.id())
		}
		return change.Blob(w.bytes())
	}
	return change.Null
}

func (w *world) vals() []change.Value {
	n := rapid.SampledFrom([]int{1, 1, 1, 1, 2, 4, 0}).Draw(w.T, "vals")
	out := make([]change.Value, n)
	for i := range out {
		out[i] = w.value()
	}
	return out
}

func (w *world) dot() change.Dot {
	return change.Dot{W: change.Ref(w.int(len(w.names.names))), N: rapid.OneOf(rapid.Uint64Range(1, 50), rapid.Uint64()).Draw(w.T, "N")}
}

func (w *world) dots(n int) (out []change.Dot) {
	for range w.int(n) {
		out = append(out, w.dot())
	}
	return out
}

func (w *world) birth() change.Birth { return change.Birth{Dot: w.dot(), I: w.u16()} }

// table is mostly a known one, register mostly one of its.
func (w *world) table() uint16 {
	return rapid.SampledFrom([]uint16{1, 5, 5, 5, 10, 99, 65535}).Draw(w.T, "table")
}

func (w *world) rowWrite(own change.Dot, place *uint16) change.RowWrite {
	r := change.RowWrite{Table: w.table(), Birth: w.birth(), Creates: w.bool()}
	if r.Creates {
		r.ID = w.id()
		if w.int(4) > 0 {
			r.Birth = change.Birth{Dot: own, I: *place}
		}
		*place++
	}
	if w.int(6) == 0 {
		r.Erased = w.hash()
	}
	for range w.int(7) {
		seen := w.dots(4)
		switch w.int(5) {
		case 0:
			seen = []change.Dot{r.Birth.Dot}
		case 1:
			seen = []change.Dot{{W: own.W, N: own.N - 1}}
		case 2:
			if n := len(r.Writes); n > 0 {
				seen = r.Writes[n-1].Seen
			}
		}
		reg := rapid.OneOf(rapid.Uint16Range(0, 5), rapid.Uint16()).Draw(w.T, "reg")
		r.Writes = append(r.Writes, change.Write{Reg: reg, Vals: w.vals(), Seen: seen})
	}
	return r
}

func (w *world) change() *change.Change {
	c := &change.Change{Dot: w.dot(), Person: w.id(), At: w.i64(), Log: w.id(), Read: w.u64(), Schema: w.u16()}
	if w.bool() {
		c.Group = w.u64()
	}
	var place uint16
	for range w.int(5) {
		c.Rows = append(c.Rows, w.rowWrite(c.Dot, &place))
	}
	return c
}

func (w *world) row() *merge.Row {
	no := rapid.SampledFrom([]uint16{1, 5, 5, 10, 99}).Draw(w.T, "table")
	t := schema.Any(no)
	r := merge.NewRow(t, w.id(), w.birth())
	for i := range t.Registers() {
		if w.int(3) == 0 {
			r.Regs[i] = w.heads()
		}
	}
	if w.int(4) == 0 {
		r.Alive = []merge.Head{{Dot: w.dot(), Vals: []change.Value{change.Int(0)}, Knows: w.dots(9)}}
	}
	for range w.int(3) {
		if r.Raw == nil {
			r.Raw = map[uint16][]merge.Head{}
		}
		r.Raw[5000+w.u16()%100] = w.heads()
	}
	return r
}

func (w *world) heads() (out []merge.Head) {
	for range 1 + w.int(3) {
		out = append(out, merge.Head{Dot: w.dot(), Vals: w.vals()})
	}
	return out
}

func (w *world) cursor() change.Cursor {
	c := change.Cursor{Epoch: w.id()}
	for range w.int(3) {
		if c.Logs == nil {
			c.Logs = map[change.ID]uint64{}
		}
		c.Logs[w.id()] = w.u64()
	}
	return c
}

func (w *world) writers() (out []wire.WriterState) {
	for range w.int(3) {
		out = append(out, wire.WriterState{Name: w.id(), Last: w.u64(), Hash: w.hash(), Known: w.hash()})
	}
	return out
}

func (w *world) digest() (d [schema.Classes]merge.Digest) {
	for i := range d {
		d[i] = merge.Digest(w.hash())
	}
	return d
}

func (w *world) entry() wire.Entry {
	e := wire.Entry{Num: w.u64(), At: w.i64(), Kind: wire.EntryKind(w.int(5))}
	switch e.Kind {
	case wire.EntryChange:
		e.Change = w.change()
		e.Dot = e.Change.Dot
	case wire.EntryOwn:
		e.Dot = w.dot()
		if w.bool() {
			e.Change = w.change()
			e.Dot = e.Change.Dot
		}
	case wire.EntryRefused:
		e.Dot, e.Code, e.Detail = w.dot(), w.text(), w.text()
	case wire.EntryEvict:
		e.Table, e.ID, e.Birth = w.table(), w.id(), w.birth()
	case wire.EntryArrive:
		e.Row = w.row()
	}
	return e
}

func (w *world) message() wire.Message {
	switch w.int(19) {
	case 0:
		return w.hello()
	case 1:
		m := &wire.Enroll{PublicKey: w.bytes(), Label: w.text()}
		copy(m.Token[:], w.bytes())
		for range w.int(3) {
			m.Writers = append(m.Writers, wire.NewWriter{Name: w.id(), Key: w.hash(), Kind: byte(w.int(3))})
		}
		return m
	case 2:
		return w.welcome()
	case 3:
		m := &wire.Changes{Writer: w.id(), Last: w.hash(), Signature: w.bytes()}
		for range w.int(6) {
			m.Changes = append(m.Changes, w.change())
		}
		m.Again = w.again()
		return m
	case 4:
		return w.receipt()
	case 5:
		m := &wire.Entries{Log: w.id(), Through: w.u64()}
		for range w.int(8) {
			m.Entries = append(m.Entries, w.entry())
		}
		return m
	case 6:
		return &wire.SnapshotBegin{ID: w.id(), Cursor: w.cursor(), Rows: w.u64(), Bytes: w.u64()}
	case 7:
		m := &wire.Chunk{Index: uint32(w.u64())}
		for range w.int(6) {
			m.Rows = append(m.Rows, w.row())
			m.Metas = append(m.Metas, wire.Meta{Dot: w.dot(), Person: w.id(), At: w.i64(), ServerAt: w.i64()})
		}
		return m
	case 8:
		return &wire.SnapshotEnd{Chunks: uint32(w.u64()), Digest: w.digest()}
	case 9:
		return &wire.CaughtUp{Cursor: w.cursor(), Digest: w.digest()}
	case 10:
		return &wire.Ack{Cursor: w.cursor()}
	case 11:
		m := &wire.Problem{Code: w.text()}
		for range w.int(3) {
			if m.Args == nil {
				m.Args = map[string]string{}
			}
			m.Args[w.text()] = w.text()
		}
		return m
	}
	return w.repair()
}

func (w *world) receipt() *wire.Receipt {
	m := &wire.Receipt{Writer: w.id(), Through: w.u64(), Hash: w.hash(), Signature: w.bytes()}
	for range w.int(3) {
		m.Refused = append(m.Refused, wire.Refusal{N: w.u64(), Code: w.text(), Detail: w.text()})
	}
	return m
}

func (w *world) again() *wire.Again {
	if w.bool() {
		return nil
	}
	a := &wire.Again{Through: w.u64(), Refused: w.receipt().Refused}
	for range w.int(4) {
		a.Rows = append(a.Rows, wire.RowName{Birth: w.birth(), ID: w.id()})
	}
	for range w.int(4) {
		a.Below = append(a.Below, wire.Below{N: w.u64(), Row: w.u16(), Write: w.u16(), Dots: w.dots(5)})
	}
	return a
}

func (w *world) print() (p merge.Print) {
	copy(p[:], w.bytes())
	return p
}

func (w *world) repair() wire.Message {
	switch w.int(8) {
	case 6:
		return &wire.Recall{Epoch: w.id(), Receipt: *w.receipt()}
	case 0:
		m := &wire.Compare{}
		for range w.int(4) {
			m.Units = append(m.Units, wire.UnitPrint{Unit: w.id(), Print: w.print()})
		}
		return m
	case 1:
		m := &wire.Differ{}
		for range w.int(4) {
			m.Units = append(m.Units, w.id())
		}
		return m
	case 2:
		m := &wire.Buckets{Unit: w.id()}
		for range w.int(4) {
			m.Prints = append(m.Prints, wire.BucketPrint{Bucket: byte(w.int(256)), Print: w.print()})
		}
		return m
	case 3:
		m := &wire.Mend{Unit: w.id(), Buckets: w.bytes(), Last: w.bool()}
		for range w.int(3) {
			m.Rows = append(m.Rows, w.row())
		}
		return m
	case 4:
		m := &wire.Ask{Writer: w.id()}
		for range w.int(4) {
			m.Numbers = append(m.Numbers, w.u64())
		}
		return m
	case 5:
		m := &wire.Links{Writer: w.id()}
		for range w.int(4) {
			m.Hashes = append(m.Hashes, w.hash())
		}
		return m
	}
	return &wire.Bye{}
}

func (w *world) hello() *wire.Hello {
	m := &wire.Hello{Protocol: w.u16(), Schema: w.u16(), Device: w.id(), Program: w.text(), Writers: w.writers(),
		Cursor: w.cursor(), Scope: w.hash(), Live: w.bool(), Proof: w.bytes()}
	if w.bool() {
		m.Resume = &wire.Resume{Snapshot: w.id(), Next: uint32(w.u64())}
	}
	for range w.int(3) {
		m.New = append(m.New, wire.NewWriter{Name: w.id(), Key: w.hash(), Kind: byte(w.int(256))})
	}
	return m
}

func (w *world) welcome() *wire.Welcome {
	m := &wire.Welcome{Protocol: w.u16(), Schema: w.u16(), Epoch: w.id(), Time: w.i64(), Device: w.id(), Person: w.id(),
		PersonName: w.text(), Scope: w.hash(), Writers: w.writers(), Snapshot: w.bool(), Restored: w.i64(), Behind: w.bool()}
	for range w.int(3) {
		m.Roots = append(m.Roots, wire.Root{Unit: w.id(), Log: w.id(), Code: w.text(), Name: w.text(), Role: w.text()})
	}
	return m
}

// plain is a message as text in which writers have their names, and nothing
// tells an empty list from none.
func plain(m wire.Message, names *book) string {
	var b bytes.Buffer
	write(&b, reflect.ValueOf(m), names)
	return b.String()
}

func write(b *bytes.Buffer, v reflect.Value, names *book) {
	switch x := v.Interface().(type) {
	case change.Ref:
		fmt.Fprintf(b, "%s ", names.Name(x))
		return
	case change.Value:
		fmt.Fprintf(b, "%d:%q ", x.Kind(), x.String())
		return
	case *schema.Table:
		fmt.Fprintf(b, "table %d ", x.No)
		return
	case map[string]string, map[change.ID]uint64:
		fmt.Fprintf(b, "%v ", x)
		return
	case map[uint16][]merge.Head:
		for no := range uint16(6000) {
			if heads := x[no]; heads != nil {
				fmt.Fprintf(b, "raw %d ", no)
				write(b, reflect.ValueOf(heads), names)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			write(b, v.Elem(), names)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprintf(b, "%s{", v.Type().Field(i).Name)
			write(b, v.Field(i), names)
			b.WriteString("} ")
		}
	case reflect.Slice:
		for i := range v.Len() {
			write(b, v.Index(i), names)
			b.WriteString("; ")
		}
	default:
		fmt.Fprintf(b, "%v ", v.Interface())
	}
}

func TestWhatWasWrittenIsReadAlikeByAnEndThatNumbersWritersOtherwise(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt)
		var sent []wire.Message
		var stream bytes.Buffer
		enc := wire.NewEncoder(&stream, w.names, wire.Options{})
		for range 1 + w.int(4) {
			m := w.message()
			sent = append(sent, m)
			var err error
			switch w.int(5) {
			case 0:
				err = enc.WriteLast(m)
			case 1:
				if err = enc.Write(m); err == nil {
					err = enc.Rest()
				}
			default:
				err = enc.Write(m)
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		enc.Close()
		theirs := newBook(w.stock[5], w.stock[3])
		dec := wire.NewDecoder(&stream, theirs, wire.Options{})
		for _, want := range sent {
			got, err := dec.Read()
			if err != nil {
				rt.Fatalf("%T: %v", want, err)
			}
			if a, b := plain(want, w.names), plain(got, theirs); a != b {
				rt.Fatalf("%T\n sent %s\n read %s", want, a, b)
			}
		}
		if _, err := dec.Read(); err != io.EOF {
			rt.Fatalf("at the end: %v", err)
		}
	})
	if e, d := wire.DefaultInUse(); e != 0 || d != 0 {
		t.Errorf("contexts left in use: %d, %d", e, d)
	}
}

func TestOnlyTheHeadThatARowIsBornWithIsLeftForTheReaderToMake(t *testing.T) {
	names := newBook()
	birth := change.Birth{Dot: change.Dot{N: 1}}
	r := merge.NewRow(schema.ByName("member"), change.ID{1}, birth)
	r.Regs[0][0].Vals = nil
	r.Regs[1][0].Vals = []change.Value{change.Text("một")}
	sent := &wire.Chunk{Rows: []*merge.Row{r}}
	got := receive(t, names, send(t, names, []wire.Message{sent}))
	if a, b := plain(sent, names), plain(got[0], names); a != b {
		t.Errorf("sent %s\nread %s", a, b)
	}
}

func TestTheWorkloadIsReadAsItWasWritten(t *testing.T) {
	town := newTown(7)
	names := newBook(town.id(), town.id())
	rows := town.members(1, 1500)
	msgs := chunks(rows, 400)
	for _, m := range [][]wire.Message{
		batches(names.Name(2), town.edits(2, rows, 500), 100),
		entryBatches(town.units[0], town.edits(2, rows, 300), 50),
		batches(names.Name(2), town.payments(2, rows), 400),
		chunks(rows, 300),
	} {
		msgs = append(msgs, m...)
	}
	theirs := newBook()
	got := receive(t, theirs, send(t, names, msgs))
	if len(got) != len(msgs) {
		t.Fatalf("%d messages of %d", len(got), len(msgs))
	}
	for i := range msgs {
		if a, b := plain(msgs[i], names), plain(got[i], theirs); a != b {
			t.Fatalf("message %d differs", i)
		}
	}
}

func TestOneMessageMayBeOnItsWayToManyAtOnce(t *testing.T) {
	names := newBook(goldenID(0), goldenID(11))
	msgs := goldenMessages()
	var all sync.WaitGroup
	streams := make([][]byte, 4)
	for i := range streams {
		all.Go(func() { streams[i] = send(t, names, msgs) })
	}
	all.Wait()
	for _, s := range streams[1:] {
		if !bytes.Equal(s, streams[0]) {
			t.Error("streams differ")
		}
	}
}
