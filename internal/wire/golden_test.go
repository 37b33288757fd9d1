package wire_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

func goldenID(n byte) change.ID {
	return change.ID{1, 0x93, 0, 0, 0, n, 0x70, n, 0x80, 1, 2, 3, 4, 5, 6, n}
}

// goldenMessages holds each kind of message, and each way in which a thing
// inside one can travel.
func goldenMessages() []wire.Message {
	dot := func(w change.Ref, n uint64) change.Dot { return change.Dot{W: w, N: n} }
	birth := change.Birth{Dot: dot(1, 3)}
	text, null := change.Text, change.Null
	create := change.RowWrite{Table: 5, ID: goldenID(9), Birth: change.Birth{Dot: dot(1, 4)}, Creates: true, Writes: []change.Write{
		{Reg: 1, Vals: []change.Value{change.IDValue(goldenID(1))}},
		{Reg: 2, Vals: []change.Value{text("Nguyễn Thị Lan"), text("1990-02-28"), text("074190000001"), null}},
		{Reg: 9, Vals: []change.Value{text("0901234567")}}, {Reg: 21, Vals: []change.Value{change.Int(4500000)}},
		{Reg: 22, Vals: []change.Value{change.Real(2.34)}}, {Reg: 900, Vals: []change.Value{change.Blob([]byte{0, 1, 2}), text("a\x00b")}},
	}}
	edit := change.RowWrite{Table: 5, Birth: birth, Writes: []change.Write{
		{Reg: 9, Vals: []change.Value{text("0901234568")}, Seen: []change.Dot{dot(1, 3)}},
		{Reg: 10, Vals: []change.Value{text("lan.nguyen1990@gmail.com")}, Seen: []change.Dot{dot(2, 4)}},
		{Reg: 11, Vals: []change.Value{null}, Seen: []change.Dot{dot(1, 2), dot(2, 1)}},
		{Reg: 12, Vals: []change.Value{text("xã Tân Phú, tỉnh An Giang")}, Seen: []change.Dot{dot(1, 2), dot(2, 1)}},
	}}
	del := change.RowWrite{Table: 5, Birth: birth, Writes: []change.Write{{Vals: []change.Value{change.Int(0)}, Seen: []change.Dot{dot(1, 3), dot(2, 5)}}}}
	c := &change.Change{Dot: dot(1, 4), Person: goldenID(2), At: 1764547200000, Log: goldenID(3), Read: 77, Schema: 1, Rows: []change.RowWrite{create, edit}}
	d := &change.Change{Dot: dot(1, 5), Person: goldenID(2), At: 1764547201000, Log: goldenID(3), Read: 78, Group: 4, Schema: 1, Rows: []change.RowWrite{del}}
	row := merge.NewRow(schema.ByNo(5), goldenID(8), birth)
	row.Regs[0] = []merge.Head{{Dot: birth.Dot, Vals: []change.Value{change.IDValue(goldenID(1))}}}
	row.Regs[3] = []merge.Head{{Dot: dot(2, 5), Vals: []change.Value{text("Kinh")}}, {Dot: dot(1, 9), Vals: []change.Value{text("Tày")}}}
	row.Raw = map[uint16][]merge.Head{901: {{Dot: dot(2, 6), Vals: []change.Value{text("x")}}}}
	cursor := change.Cursor{Epoch: goldenID(4), Logs: map[change.ID]uint64{goldenID(3): 78}}
	digest := [schema.Classes]merge.Digest{{1, 2, 3}, {}, {9}}
	states := []wire.WriterState{{Name: goldenID(5), Last: 4, Hash: change.Hash{1}}}
	return []wire.Message{
		&wire.Enroll{Token: [16]byte{1}, PublicKey: []byte{2}, Label: "máy 1", Writers: []wire.NewWriter{{Name: goldenID(5), Key: [32]byte{3}, Kind: 1}}},
		&wire.Hello{Protocol: 1, Schema: 1, Device: goldenID(6), Program: "dongbo 1", Writers: states, Cursor: cursor, Live: true,
			Resume: &wire.Resume{Snapshot: goldenID(7), Next: 3}, Proof: []byte{4}},
		&wire.Welcome{Protocol: 1, Schema: 1, Epoch: goldenID(4), Time: 1764547200000, Device: goldenID(6), Person: goldenID(2), PersonName: "Lê Văn Hùng",
			Roots: []wire.Root{{Unit: goldenID(1), Log: goldenID(3), Code: "74.01", Name: "CĐCS", Role: "officer"}}, Writers: states, Snapshot: true},
		&wire.Changes{Writer: goldenID(0), Changes: []*change.Change{c, d}, Last: change.Hash{5}, Signature: []byte{6}},
		&wire.Receipt{Writer: goldenID(0), Through: 5, Hash: change.Hash{5}, Refused: []wire.Refusal{{N: 5, Code: "deleted", Detail: "…"}}, Signature: []byte{7}},
		&wire.Entries{Log: goldenID(3), Through: 90, Entries: []wire.Entry{
			{Num: 79, At: 1764547202000, Dot: c.Dot, Change: c},
			{Num: 80, At: 1764547202000, Kind: wire.EntryOwn, Dot: dot(2, 7)},
			{Num: 81, At: 1764547203000, Kind: wire.EntryOwn, Dot: d.Dot, Change: d},
			{Num: 85, At: 1764547203000, Kind: wire.EntryRefused, Dot: dot(2, 8), Code: "scope", Detail: "moved on"},
			{Num: 86, At: 1764547203000, Kind: wire.EntryEvict, Table: 5, ID: goldenID(8), Birth: birth},
			{Num: 90, At: 1764547203000, Kind: wire.EntryArrive, Row: row},
		}},
		&wire.SnapshotBegin{ID: goldenID(7), Cursor: cursor, Rows: 1, Bytes: 2},
		&wire.Chunk{Index: 1, Rows: []*merge.Row{row}, Metas: []wire.Meta{{Dot: dot(1, 3), Person: goldenID(2), At: 5, ServerAt: 6}}},
		&wire.SnapshotEnd{Chunks: 2, Digest: digest},
		&wire.CaughtUp{Cursor: cursor, Digest: digest},
		&wire.Ack{Cursor: cursor},
		&wire.Problem{Code: "revoked", Args: map[string]string{"by": "admin"}},
		&wire.Bye{},
		&wire.Compare{Units: []wire.UnitPrint{{Unit: goldenID(3), Print: merge.Print{1, 2}}}},
		&wire.Differ{Units: []change.ID{goldenID(3)}},
		&wire.Buckets{Unit: goldenID(3), Prints: []wire.BucketPrint{{Bucket: 200, Print: merge.Print{3}}}},
		&wire.Mend{Unit: goldenID(3), Buckets: []byte{7, 200}, Rows: []*merge.Row{row}, Last: true},
		&wire.Ask{Writer: goldenID(5), Numbers: []uint64{3, 400}},
		&wire.Links{Writer: goldenID(5), Hashes: []change.Hash{{9}, {}}},
		&wire.Recall{Epoch: goldenID(4), Receipt: wire.Receipt{Writer: goldenID(0), Through: 5, Hash: change.Hash{5}, Signature: []byte{7}}},
		&wire.Changes{Writer: goldenID(0), Changes: []*change.Change{d}, Last: change.Hash{5}, Signature: []byte{6}, Again: &wire.Again{Through: 9,
			Rows:    []wire.RowName{{Birth: birth, ID: goldenID(8)}},
			Below:   []wire.Below{{N: 5, Dots: []change.Dot{dot(2, 5), dot(1, 2)}}},
			Refused: []wire.Refusal{{N: 5, Code: "deleted"}}}},
	}
}

// The golden file pins what stands on the line: a program of today must read
// what one of yesterday wrote. (Another release of zstd may well write other
// bytes, so only reading is compared.)
func TestTheGoldenStreamIsReadAsEver(t *testing.T) {
	names := newBook(goldenID(0), goldenID(11))
	path := filepath.Join("testdata", "messages.hex")
	if *update {
		text := hex.EncodeToString(send(t, names, goldenMessages()))
		var lines strings.Builder
		for len(text) > 0 {
			n := min(96, len(text))
			lines.WriteString(text[:n] + "\n")
			text = text[n:]
		}
		if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := hex.DecodeString(strings.ReplaceAll(string(bytes.TrimSpace(text)), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	theirs := newBook()
	got := receive(t, theirs, stream)
	for i, want := range goldenMessages() {
		if a, b := plain(want, names), plain(got[i], theirs); a != b {
			t.Errorf("%T\n want %s\n read %s", want, a, b)
		}
	}
}

// What is new in the encoder shows here: then the wire has a new version.
func TestNumbersAreWrittenAsEver(t *testing.T) {
	names := newBook(goldenID(0), goldenID(11))
	got := send(t, names, []wire.Message{&wire.Ack{Cursor: change.Cursor{Epoch: goldenID(4), Logs: map[change.ID]uint64{goldenID(3): 78}}}, &wire.Bye{}})
	const want = "444201010b250040d2a6000000080001004080c1014181202069930000000300006020406080a0c071ce52800d0100a580"
	if hex.EncodeToString(got) != want {
		t.Errorf("got  %x\nwant %s", got, want)
	}
}
