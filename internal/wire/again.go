package wire

import "dongbo/internal/change"

// Again goes with changes that their device made before it heard that the
// server was restored from a backup. The server may know less than they take
// for known.
type Again struct {
	Through uint64 // the changes up to this number
	Rows    []RowName
	Below   []Below
	Refused []Refusal // those of them that the server has refused before
}

// RowName names a row that may be known by its birth no more.
type RowName struct {
	Birth change.Birth
	ID    change.ID
}

// Below tells of one write what the values that it names had replaced, as far
// as its device knows: those values may never have been here.
type Below struct {
	N          uint64 // the change
	Row, Write uint16 // which of its rows, which of the row's writes
	Dots       []change.Dot
}

// Recall shows the server a receipt of its own: once it had more than it has
// now. Epoch is the one in which the receipt was given. A device that has no
// receipt says so with an empty one.
type Recall struct {
	Epoch   change.ID
	Receipt Receipt
}

func (*Recall) kind() Kind { return KindRecall }

func (x *codec) again(m **Again) {
	k := keyAgain.of
	some := *m != nil
	if x.flag(k(0), &some); !some {
		return
	}
	if x.reading {
		*m = new(Again)
	}
	a := *m
	field(x, k(1), &a.Through)
	n := x.count(k(2), len(a.Rows), 64)
	if x.reading && n > 0 {
		a.Rows = make([]RowName, n)
	}
	dots(x, k(3), a.Rows, func(r *RowName) *change.Dot { return &r.Birth.Dot })
	numbers(x, k(4), a.Rows, func(r *RowName) *uint16 { return &r.Birth.I })
	ids(x, k(5), a.Rows, func(r *RowName) *change.ID { return &r.ID })
	slice(x, k(6), &a.Below, 64, func(b *Below) {
		field(x, k(7), &b.N)
		field(x, k(8), &b.Row)
		field(x, k(9), &b.Write)
		n := x.count(k(10), len(b.Dots), costDot)
		if x.reading && n > 0 {
			b.Dots = make([]change.Dot, n)
		}
		dots(x, k(11), b.Dots, func(d *change.Dot) *change.Dot { return d })
	})
	x.refusals(k(12), &a.Refused)
}

func (x *codec) refusals(count key, list *[]Refusal) {
	k := KindReceipt.key
	slice(x, count, list, 48, func(r *Refusal) {
		field(x, k(4), &r.N)
		x.text(k(5), &r.Code)
		x.text(k(6), &r.Detail)
	})
}

func (x *codec) recall(m *Recall) {
	x.id(KindRecall.key(0), &m.Epoch)
	x.receipt(&m.Receipt)
}
