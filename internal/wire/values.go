package wire

import (
	"encoding/binary"
	"math"
	"strings"

	"dongbo/internal/change"
)

// column is what an exchange knows of one value of one register: nothing of it
// comes from the schema, so that columns unknown to this program travel alike.
type column struct {
	kind, form, textLen model
	scale               model
	ints                [maxScale + 1]*model // by how many zeros were taken off
	realForm, reals     model
	blobForm            model
	ids                 idColumn
	dates, templateOf   model
	templates           []*template
	told                int // templates that the reader knows
	texts               []string
	textAt              map[string]int
	tried, hits         int
}

// template is a pattern of texts that are a number: a fixed beginning, then a
// fixed count of digits (telephones, card numbers, receipts).
type template struct {
	before string
	digits int
	nums   model
}

// How a text travels: as it is; as it is but with its length (it holds a zero
// byte); as a day; as a number in a template; as it is, to be remembered; or
// textKnown and its place among those remembered.
const (
	textPlain = iota
	textSized
	textDate
	textNumber
	textNew
	textKnown
)

const (
	maxTexts     = 256 // texts remembered of one column
	maxText      = 96  // bytes of a remembered text
	maxTemplates = 8
	maxBefore    = 8 // bytes of a template's beginning
	minDigits    = 4
	maxDigits    = 18
	maxScale     = 5
	maxDecimals  = 4
)

// values codes one column of values.
func (x *codec) values(c *column, vals []change.Value) {
	var at [change.KindBlob + 1][]int
	if !x.charge(8 * len(vals)) {
		return
	}
	for i := range vals {
		k := x.through(&c.kind, uint64(vals[i].Kind()))
		if k > uint64(change.KindBlob) {
			x.fail(ErrInvalid)
		}
		if x.err != nil {
			return
		}
		at[k] = append(at[k], i)
	}
	for k, places := range at {
		if len(places) == 0 || k == int(change.KindNull) {
			continue
		}
		switch change.Kind(k) {
		case change.KindInt:
			x.intValues(c, vals, places)
		case change.KindReal:
			x.realValues(c, vals, places)
		case change.KindText:
			x.textValues(c, vals, places)
		case change.KindBlob:
			x.blobValues(c, vals, places)
		}
	}
}

// intValues codes INTEGERs, without the zeros that all of them end in.
func (x *codec) intValues(c *column, vals []change.Value, at []int) {
	nums := make([]int64, len(at))
	scale := maxScale
	for i, p := range at {
		nums[i] = vals[p].Int()
		for !x.reading && nums[i]%pow10(scale) != 0 {
			scale--
		}
	}
	scale = int(min(x.through(&c.scale, uint64(scale)), maxScale))
	for i := range nums {
		nums[i] /= pow10(scale)
	}
	if c.ints[scale] == nil {
		c.ints[scale] = new(model)
	}
	x.ints(c.ints[scale], nums)
	for i, p := range at {
		if x.reading {
			vals[p] = change.Int(nums[i] * pow10(scale))
		}
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// realValues codes REALs: as decimals of few digits where they are that to the
// last bit, else whole.
func (x *codec) realValues(c *column, vals []change.Value, at []int) {
	nums := make([]int64, 0, len(at))
	decimals := make([]int, len(at)) // one more than the decimals; 0: whole
	for i, p := range at {
		if !x.reading {
			f, _ := vals[p].Any().(float64)
			n, d := asDecimal(f)
			if decimals[i] = d; d > 0 {
				nums = append(nums, n)
			}
		}
		decimals[i] = int(min(x.through(&c.realForm, uint64(decimals[i])), maxDecimals+1))
		if x.reading && decimals[i] > 0 {
			nums = append(nums, 0)
		}
	}
	x.ints(&c.reals, nums)
	for i, p := range at {
		if decimals[i] == 0 {
			x.wholeReal(&vals[p])
			continue
		}
		if x.reading {
			vals[p] = change.Real(float64(nums[0]) / float64(pow10(decimals[i]-1)))
		}
		nums = nums[1:]
	}
}

func (x *codec) wholeReal(v *change.Value) {
	var b [8]byte
	if !x.reading {
		f, _ := v.Any().(float64)
		binary.BigEndian.PutUint64(b[:], math.Float64bits(f))
	}
	x.fixed(b[:])
	if x.reading {
		*v = change.Real(math.Float64frombits(binary.BigEndian.Uint64(b[:])))
	}
}

// asDecimal finds n and d with f = n / 10^(d-1), exactly as the reader will
// compute it; d is 0 where there are none.
func asDecimal(f float64) (n int64, d int) {
	for d = 0; d <= maxDecimals; d++ {
		p := float64(pow10(d))
		r := math.Round(f * p)
		if math.Abs(r) < 1<<53 && r/p == f {
			return int64(r), d + 1
		}
	}
	return 0, 0
}

// blobValues codes BLOBs: those of 16 bytes as ids.
func (x *codec) blobValues(c *column, vals []change.Value, at []int) {
	for _, p := range at {
		id, isID := vals[p].ID()
		form := uint64(0)
		if !isID {
			form = 1 + uint64(len(vals[p].Text()))
		}
		form = x.through(&c.blobForm, form)
		if form == 0 {
			one := [1]change.ID{id}
			x.idList(&c.ids, one[:])
			if x.reading {
				vals[p] = change.IDValue(one[0])
			}
			continue
		}
		if form-1 > MaxMessage || !x.charge(int(form-1)) {
			x.fail(ErrTooLarge)
			return
		}
		if x.reading {
			vals[p] = change.Blob([]byte(x.take(int(form - 1))))
		} else {
			x.texts = append(x.texts, vals[p].Text()...)
		}
	}
}

// textValues codes TEXTs: first how each travels, then the days, the numbers
// and the texts, each kind together.
func (x *codec) textValues(c *column, vals []change.Value, at []int) {
	if !x.charge(16 * len(at)) {
		return
	}
	forms := make([]uint64, len(at))
	var days []int64
	for i, p := range at {
		if !x.reading {
			forms[i] = c.chooseForm(vals[p].Text())
		}
		forms[i] = x.through(&c.form, forms[i])
		if forms[i] == textDate {
			day, _ := parseDay(vals[p].Text())
			days = append(days, day)
		}
	}
	x.ints(&c.dates, days)
	x.templated(c, vals, at, forms)
	for i, p := range at {
		if x.err != nil {
			return
		}
		switch forms[i] {
		case textNumber:
		case textDate:
			if x.reading {
				vals[p] = change.Text(x.day(days[0]))
			}
			days = days[1:]
		default:
			x.plainText(c, forms[i], &vals[p])
		}
	}
}

func (x *codec) plainText(c *column, form uint64, v *change.Value) {
	s := v.Text()
	switch {
	case form >= textKnown:
		if form-textKnown >= uint64(len(c.texts)) {
			x.fail(ErrInvalid)
			return
		}
		s = c.texts[form-textKnown]
	case form == textSized:
		n := x.through(&c.textLen, uint64(len(s)))
		if n > MaxMessage {
			x.fail(ErrTooLarge)
			return
		}
		if x.reading {
			s = x.take(int(n))
		} else {
			x.texts = append(x.texts, s...)
		}
	default:
		s = x.ended(s)
		if form == textNew && x.reading && len(c.texts) < maxTexts && len(s) <= maxText {
			c.texts = append(c.texts, strings.Clone(s))
		}
	}
	if x.reading {
		*v = change.Text(s)
	}
}

// chooseForm is the encoder's choice for one text.
func (c *column) chooseForm(s string) uint64 {
	c.tried++
	if at, ok := c.textAt[s]; ok {
		c.hits++
		return textKnown + uint64(at)
	}
	if _, ok := parseDay(s); ok {
		return textDate
	}
	if c.fitTemplate(s) >= 0 {
		return textNumber
	}
	if strings.IndexByte(s, 0) >= 0 {
		return textSized
	}
	if len(s) > maxText || len(c.texts) >= maxTexts || c.tried > patience && c.hits*2 < c.tried {
		return textPlain
	}
	if c.textAt == nil {
		c.textAt = map[string]int{}
	}
	c.textAt[s] = len(c.texts)
	c.texts = append(c.texts, s)
	return textNew
}
