package wire_test

import (
	"bytes"
	"io"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// send encodes messages and returns the stream and the biggest packet.
func send(tb testing.TB, names change.Names, msgs []wire.Message) []byte {
	var b bytes.Buffer
	e := wire.NewEncoder(&b, names, wire.Options{})
	for _, m := range msgs {
		if err := e.Write(m); err != nil {
			tb.Fatal(err)
		}
	}
	if err := e.Rest(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func receive(tb testing.TB, refs wire.Refs, stream []byte) (msgs []wire.Message) {
	d := wire.NewDecoder(bytes.NewReader(stream), refs, wire.Options{})
	for {
		m, err := d.Read()
		if err == io.EOF {
			return msgs
		}
		if err != nil {
			tb.Fatal(err)
		}
		msgs = append(msgs, m)
	}
}

func chunks(rows []*merge.Row, each int) (msgs []wire.Message) {
	for i := 0; len(rows) > 0; i++ {
		n := min(each, len(rows))
		msgs = append(msgs, &wire.Chunk{Index: uint32(i), Rows: rows[:n]})
		rows = rows[n:]
	}
	return msgs
}

func batches(writer change.ID, list []*change.Change, each int) (msgs []wire.Message) {
	for len(list) > 0 {
		n := min(each, len(list))
		msgs = append(msgs, &wire.Changes{Writer: writer, Changes: list[:n], Signature: make([]byte, 64)})
		list = list[n:]
	}
	return msgs
}

func entryBatches(log change.ID, list []*change.Change, each int) (msgs []wire.Message) {
	for i := 0; i < len(list); i += each {
		m := &wire.Entries{Log: log}
		for j, c := range list[i:min(i+each, len(list))] {
			m.Entries = append(m.Entries, wire.Entry{Num: uint64(30000 + i + j), At: c.At + 3000, Dot: c.Dot, Change: c})
		}
		m.Through = m.Entries[len(m.Entries)-1].Num
		msgs = append(msgs, m)
	}
	return msgs
}

func BenchmarkFixedWorkload(b *testing.B) {
	t := newTown(1)
	names := newBook(t.id(), t.id())
	rows := t.members(1, 20000)
	snapshot := chunks(rows, 500)
	var created []*change.Change
	for _, r := range rows {
		created = append(created, t.creation(r))
	}
	uploads := batches(names.Name(1), created, 500)
	payments := t.payments(2, rows)
	edits := t.edits(2, rows, 5000)
	cases := []struct {
		name string
		n    int
		msgs []wire.Message
	}{
		{"snapshot of 20,000 members", 20000, snapshot},
		{"upload of 20,000 members", 20000, uploads},
		{"5,000 edits up", 5000, batches(names.Name(2), edits, 1000)},
		{"5,000 edits down", 5000, entryBatches(t.units[0], edits, 1000)},
		{"5,000 edits up, one a message", 5000, batches(names.Name(2), edits, 1)},
		{"20,000 payments up", 20000, batches(names.Name(2), payments, 1000)},
		{"20,000 payments up, members known", 20000, append(snapshot[:len(snapshot):len(snapshot)], batches(names.Name(2), payments, 1000)...)},
	}
	for _, c := range cases {
		var stream []byte
		b.Run(c.name+"/encode", func(b *testing.B) {
			for b.Loop() {
				stream = send(b, names, c.msgs)
			}
			b.ReportMetric(float64(len(stream)), "bytes")
			b.ReportMetric(float64(len(stream))/float64(c.n), "bytes/row")
			b.ReportMetric(float64(c.n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(c.name+"/decode", func(b *testing.B) {
			for b.Loop() {
				receive(b, names, stream)
			}
			b.ReportMetric(float64(c.n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkLiveEdit tells what one edit costs on a connection that stays:
// each is an exchange of its own, so nothing is remembered from the last.
func BenchmarkLiveEdit(b *testing.B) {
	t := newTown(1)
	names := newBook(t.id(), t.id())
	rows := t.members(1, 1000)
	msgs := entryBatches(t.units[0], t.edits(2, rows, 1000), 1)
	var out bytes.Buffer
	e := wire.NewEncoder(&out, names, wire.Options{})
	n := 0
	for b.Loop() {
		if err := e.WriteLast(msgs[n%len(msgs)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(out.Len())/float64(n), "bytes/edit")
}
