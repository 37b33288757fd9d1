package change_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
)

func TestTheChainOfAnErasedChangeIsWhatItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChange(t)
		chain := change.NewChain(change.ID{7}, []byte("key"), names{})
		before := chain.Next(change.Hash{1}, c)
		n := rapid.IntRange(0, len(c.Rows)).Draw(t, "which")
		at := 0
		chain.Erase(c, func(*change.RowWrite) bool { at++; return at-1 == n })
		if chain.Next(change.Hash{1}, c) != before {
			t.Fatal("the chain broke")
		}
		again, err := change.Decode(c.Append(nil))
		if err != nil || chain.Next(change.Hash{1}, again) != before {
			t.Fatalf("read again, %v", err)
		}
		if chain.Erase(c, func(rw *change.RowWrite) bool { return rw.Erased != change.Hash{} }) {
			t.Fatal("erased twice")
		}
	})
}

func TestAnErasedRowSaysNothingButWhatItNames(t *testing.T) {
	row := change.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	c := &change.Change{Dot: change.Dot{W: 1, N: 2}, Rows: []change.RowWrite{
		{Table: 5, ID: row, Writes: []change.Write{
			{Reg: 0, Vals: []change.Value{change.Int(1)}},
			{Reg: 1, Vals: []change.Value{change.IDValue(row)}},
			{Reg: 2, Vals: []change.Value{change.Text("Nguyễn Văn An"), change.Null, change.Int(4_500_000), change.Real(2.34), change.Blob([]byte("ảnh"))}},
		}},
		{Table: 5, ID: change.ID{9}, Writes: []change.Write{{Reg: 9, Vals: []change.Value{change.Text("ở lại")}}}},
	}}
	if !change.NewChain(change.ID{7}, []byte("key"), names{}).Erase(c, func(rw *change.RowWrite) bool { return rw.ID == row }) {
		t.Fatal("nothing was erased")
	}
	body := c.Append(nil)
	for _, gone := range []string{"Nguyễn", "ảnh"} {
		if bytes.Contains(body, []byte(gone)) {
			t.Errorf("it still says %s", gone)
		}
	}
	w := c.Rows[0].Writes
	if w[0].Vals[0] != change.Int(1) || w[1].Vals[0] != change.IDValue(row) || w[2].Vals[1] != change.Null || w[2].Vals[2] != change.Int(0) {
		t.Errorf("it says %v", w)
	}
	if c.Rows[1].Writes[0].Vals[0] != change.Text("ở lại") || c.Rows[1].Erased != (change.Hash{}) {
		t.Errorf("of another row it says %v", c.Rows[1])
	}
}
